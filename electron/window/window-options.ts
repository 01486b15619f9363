/** How the window is made: nothing of Node, of the file system or of another site is in reach of its page. */
import type { BrowserWindowConstructorOptions } from 'electron';
import { type Bounds, smallest } from './bounds.ts';

export interface WindowOptions {
  readonly bounds: Bounds;
  /** Path of the preload script. */
  readonly preload: string;
  /** Path of a PNG; macOS takes the one of the program. */
  readonly icon: string | undefined;
  readonly isDark: boolean;
  readonly platform: NodeJS.Platform;
}

export function windowOptions({ bounds, preload, icon, isDark, platform }: WindowOptions) {
  return {
    ...bounds,
    minWidth: smallest.width,
    minHeight: smallest.height,
    title: 'Holdfast',
    // Shown when the page is painted: no white flash.
    show: false,
    backgroundColor: isDark ? '#1a1b1e' : '#ffffff',
    autoHideMenuBar: platform !== 'darwin',
    ...(icon === undefined || platform === 'darwin' ? {} : { icon }),
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      enableBlinkFeatures: '',
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false,
    },
  } as const satisfies BrowserWindowConstructorOptions;
}
