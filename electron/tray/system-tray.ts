/** The tray icon, by Electron. */
import { join } from 'node:path';
import { Menu, nativeImage, Tray } from 'electron';
import type { ShellPorts, TrayLook } from '../app/shell.ts';
import { electronMenu } from './electron-menu.ts';
import { trayIconFile } from './icon-file.ts';

export function systemTray(iconFolder: string, onClick: () => void): ShellPorts['tray'] {
  let tray: Tray | undefined;
  let shown: Partial<TrayLook> & { readonly menuText?: string } = {};
  return {
    show: (look, onAction) => {
      const image = () => nativeImage.createFromPath(join(iconFolder, trayIconFile(look.icon, process.platform)));
      if (tray === undefined) {
        tray = new Tray(image());
        // On macOS a click opens the menu.
        if (process.platform !== 'darwin') tray.on('click', onClick);
      } else if (shown.icon !== look.icon) tray.setImage(image());
      if (shown.tooltip !== look.tooltip) tray.setToolTip(look.tooltip);
      // A menu that is open closes when it is set: not unless it is another one.
      const menuText = JSON.stringify(look.menu);
      if (shown.menuText !== menuText) tray.setContextMenu(Menu.buildFromTemplate(electronMenu(look.menu, onAction)));
      shown = { ...look, menuText };
    },
  };
}
