/** Which of the drawn icons (build/icons/) a tray takes. */
import type { IconState } from './icon-state.ts';

/** macOS colours template images itself, by their names; Windows wants an .ico; Electron finds `@2x` beside a PNG. */
export function trayIconFile(state: IconState, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return `tray/${state}Template.png`;
  return platform === 'win32' ? `tray/${state}.ico` : `tray/${state}.png`;
}
