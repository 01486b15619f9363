/** The menu in the form that Electron builds menus from. */
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuEntry, TrayAction } from './menu-template.ts';

export function electronMenu(
  entries: readonly MenuEntry[],
  onAction: (action: TrayAction) => void,
): MenuItemConstructorOptions[] {
  return entries.map((entry) => electronEntry(entry, onAction));
}

function electronEntry(entry: MenuEntry, onAction: (action: TrayAction) => void): MenuItemConstructorOptions {
  switch (entry.type) {
    case 'separator':
      return { type: 'separator' };
    case 'text':
      return { label: entry.label, enabled: false };
    case 'submenu':
      return { label: entry.label, submenu: electronMenu(entry.entries, onAction) };
    case 'check':
      return { type: 'checkbox', label: entry.label, checked: entry.checked, click: () => onAction(entry.action) };
    case 'action':
      return { label: entry.label, click: () => onAction(entry.action) };
  }
}
