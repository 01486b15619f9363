/** The one window, by Electron: made when it is first shown, hidden when it is closed. */
import { BrowserWindow, nativeTheme, screen } from 'electron';
import { openChannel } from '../../src/control/shell.ts';
import type { ShellPorts } from '../app/shell.ts';
import { origin } from '../protocol/scheme.ts';
import type { ShellFile } from '../settings/shell-file.ts';
import { type Bounds, clampBounds } from './bounds.ts';
import { windowOptions } from './window-options.ts';

export interface MainWindowOptions {
  readonly preload: string;
  readonly icon: string;
  readonly file: ShellFile;
  /** True when it may go. */
  readonly onClose: () => boolean;
  /** The session ends (Windows). */
  readonly onSessionEnd: () => void;
  readonly report: (error: unknown) => void;
}

export class MainWindow {
  readonly #options: MainWindowOptions;
  #window: BrowserWindow | undefined;
  /** The page goes to other views by itself. */
  #pageIsReady = false;

  constructor(options: MainWindowOptions) {
    this.#options = options;
  }

  get window(): BrowserWindow | undefined {
    return this.#window;
  }

  pageReady(): void {
    this.#pageIsReady = true;
  }

  /** As the shell uses it. */
  get port(): ShellPorts['window'] {
    return {
      show: (path) => this.#show(path),
      hide: () => {
        this.#keepBounds();
        this.#window?.hide();
      },
      hasFocus: () => this.#window?.isFocused() ?? false,
      showProgress: (share) => this.#window?.setProgressBar(share ?? -1),
    };
  }

  #show(path: string | undefined): void {
    const window = this.#window;
    if (window === undefined) {
      this.#window = this.#create(path ?? '/');
      return;
    }
    if (path !== undefined) this.#go(window, path);
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  #go(window: BrowserWindow, path: string): void {
    if (this.#pageIsReady) window.webContents.send(openChannel, path);
    else window.loadURL(origin + path).catch(this.#options.report);
  }

  #create(path: string): BrowserWindow {
    const { preload, icon, file, onClose, onSessionEnd } = this.#options;
    const window = new BrowserWindow(
      windowOptions({
        bounds: clampBounds(file.state.bounds, workAreas()),
        preload,
        icon,
        isDark: nativeTheme.shouldUseDarkColors,
        platform: process.platform,
      }),
    );
    window.once('ready-to-show', () => {
      if (file.state.isMaximized) window.maximize();
      window.show();
    });
    window.on('close', (event) => {
      this.#keepBounds();
      if (!onClose()) event.preventDefault();
    });
    window.on('closed', () => {
      this.#window = undefined;
    });
    window.on('session-end', onSessionEnd);
    window.webContents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) this.#pageIsReady = false;
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit') window.reload();
    });
    window.loadURL(origin + path).catch(this.#options.report);
    return window;
  }

  #keepBounds(): void {
    const window = this.#window;
    if (window === undefined || window.isMinimized()) return;
    const { x, y, width, height } = window.getNormalBounds();
    this.#options.file.change({ bounds: { x, y, width, height }, isMaximized: window.isMaximized() });
  }
}

function workAreas(): readonly [Bounds, ...Bounds[]] {
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
  return [primary.workArea, ...others.map(({ workArea }) => workArea)];
}
