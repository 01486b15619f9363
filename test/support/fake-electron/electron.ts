/**
 * As much of Electron as the shell uses, without a display: what it is told is sent to the test (`process.send`), and the test
 * plays the user and the page. The agent's process is a real one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { join } from 'node:path';

export type ToTest =
  | { readonly type: 'called'; readonly what: string; readonly args: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown; readonly error?: string };
export type FromTest = { readonly id: number } & (
  | { readonly do: 'request'; readonly url: string; readonly method?: string; readonly body?: string }
  | { readonly do: 'menu'; readonly path: readonly string[] }
  | { readonly do: 'ask'; readonly channel: string; readonly url: string; readonly args: readonly unknown[] }
  | { readonly do: 'close' | 'second-instance' | 'quit' | 'on-battery' }
);

const called = (what: string, args: unknown = null): void =>
  void process.send?.({ type: 'called', what, args } satisfies ToTest);
const home = process.env.HOME ?? '';

type MenuItem = { label?: string; submenu?: MenuItem[]; click?: () => void; enabled?: boolean };
let menu: MenuItem[] = [];
let handleRequest: (request: Request) => Promise<Response> = () => Promise.reject(new Error('no handler'));
const channels = new Map<string, (event: unknown, ...args: unknown[]) => unknown>();

class App extends EventEmitter {
  /** As an installed program where a test gives it resources. */
  readonly isPackaged = process.env.FAKE_ELECTRON_RESOURCES !== undefined;
  readonly name = 'holdfast';
  readonly #paths = new Map<string, string>();
  setName(): void {}
  enableSandbox(): void {
    called('enableSandbox');
  }
  getPath(name: string): string {
    return this.#paths.get(name) ?? join(home, name);
  }
  getAppPath(): string {
    return '/clone';
  }
  setPath(name: string, path: string): void {
    this.#paths.set(name, path);
    called('setPath', [name, path]);
  }
  getLocale(): string {
    return 'en-GB';
  }
  requestSingleInstanceLock(): boolean {
    return true;
  }
  getLoginItemSettings(): { openAtLogin: boolean } {
    return { openAtLogin: false };
  }
  setLoginItemSettings(): void {}
  isReady(): boolean {
    return true;
  }
  whenReady(): Promise<void> {
    return Promise.resolve();
  }
  getVersion(): string {
    return '0.1.0';
  }
  getName(): string {
    return this.name;
  }
  quit(): void {
    let isHeldUp = false;
    const preventDefault = (): void => {
      isHeldUp = true;
    };
    this.emit('before-quit', { preventDefault });
    if (isHeldUp) return;
    this.emit('quit', {}, 0);
    this.exit();
  }
  exit(code = 0): void {
    called('exit', code);
    setImmediate(() => process.exit(code));
  }
}
export const app = new App();

export class BrowserWindow extends EventEmitter {
  readonly webContents = new WebContents();
  constructor(options: unknown) {
    super();
    called('window', options);
    app.emit('web-contents-created', {}, this.webContents);
    windows.push(this);
    setImmediate(() => this.emit('ready-to-show'));
  }
  async loadURL(url: string): Promise<void> {
    called('loadURL', url);
  }
  show(): void {
    called('show');
  }
  hide(): void {
    called('hide');
  }
  focus(): void {}
  isFocused(): boolean {
    return false;
  }
  isMinimized(): boolean {
    return false;
  }
  isMaximized(): boolean {
    return false;
  }
  getNormalBounds() {
    return { x: 1, y: 2, width: 1000, height: 700 };
  }
  setProgressBar(): void {}
}
const windows: BrowserWindow[] = [];

class WebContents extends EventEmitter {
  setWindowOpenHandler(): void {
    called('setWindowOpenHandler');
  }
  override on(event: string, listener: (...args: never[]) => void): this {
    called('guarded', event);
    return super.on(event, listener as (...args: unknown[]) => void);
  }
  send(channel: string, ...args: unknown[]): void {
    called('send', [channel, ...args]);
  }
}

export class Tray extends EventEmitter {
  constructor(image: unknown) {
    super();
    called('icon', image);
  }
  setImage(image: unknown): void {
    called('icon', image);
  }
  setToolTip(text: string): void {
    called('tooltip', text);
  }
  setContextMenu(items: MenuItem[]): void {
    menu = items;
    called('menu', labels(items));
  }
}

export const Menu = {
  buildFromTemplate: (items: MenuItem[]) => items,
  setApplicationMenu: () => called('setApplicationMenu'),
};

function labels(items: readonly MenuItem[]): string[] {
  return items.flatMap(({ label }) => (label === undefined ? [] : [label]));
}

export class Notification extends EventEmitter {
  readonly #options: unknown;
  constructor(options: unknown) {
    super();
    this.#options = options;
  }
  show(): void {
    called('notification', this.#options);
  }
}

/** The real agent; as Electron has it, what is sent is the message itself. */
export const utilityProcess = {
  fork: (entry: string) => {
    called('fork', entry);
    const child: ChildProcess = fork(entry, { execArgv: [], stdio: 'inherit' });
    return Object.assign(child, { postMessage: (message: object) => child.send(message) });
  },
};

export const protocol = {
  registerSchemesAsPrivileged: (schemes: unknown) => called('schemes', schemes),
  handle: (scheme: string, handler: typeof handleRequest) => {
    called('handle', scheme);
    handleRequest = handler;
  },
};

class Session extends EventEmitter {
  setPermissionRequestHandler(): void {
    called('setPermissionRequestHandler');
  }
  setPermissionCheckHandler(): void {
    called('setPermissionCheckHandler');
  }
  setDevicePermissionHandler(): void {
    called('setDevicePermissionHandler');
  }
}
export const session = { defaultSession: new Session(), fromPartition: () => new Session() };
/** For electron-updater, whose requests fit Node's own. */
export const net = { request: (options: RequestOptions) => httpRequest(options) };
export const autoUpdater = new EventEmitter();

export const ipcMain = {
  handle: (channel: string, listener: (event: unknown, ...args: unknown[]) => unknown) =>
    void channels.set(channel, listener),
};
export const powerMonitor = new EventEmitter();
export const powerSaveBlocker = { start: () => 1, stop: () => undefined };
export const nativeTheme = { shouldUseDarkColors: false };
export const nativeImage = { createFromPath: (path: string) => path };
export const screen = {
  getPrimaryDisplay: () => ({ id: 1, workArea: { x: 0, y: 0, width: 1440, height: 900 } }),
  getAllDisplays: () => [screen.getPrimaryDisplay()],
};
export const shell = { openExternal: async (url: string) => called('openExternal', url) };
export const dialog = {
  showMessageBox: async (...args: unknown[]) => {
    called('question', args.at(-1));
    return { response: 0 };
  },
  showOpenDialog: async () => ({ canceled: true, filePaths: [] }),
};

process.on('message', (message: FromTest) => {
  play(message).then(
    (value) => process.send?.({ type: 'answer', id: message.id, value } satisfies ToTest),
    (error: Error) =>
      process.send?.({ type: 'answer', id: message.id, value: null, error: error.message } satisfies ToTest),
  );
});

async function play(message: FromTest): Promise<unknown> {
  switch (message.do) {
    case 'request': {
      const { url, method = 'GET', body } = message;
      const headers = { 'content-type': 'application/json', origin: 'app://holdfast' };
      const answer = await handleRequest(
        new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }),
      );
      return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
    }
    case 'menu': {
      let items = menu;
      let found: MenuItem | undefined;
      for (const label of message.path) {
        found = items.find((item) => item.label?.startsWith(label));
        items = found?.submenu ?? [];
      }
      if (found?.click === undefined)
        throw new Error(`no entry ${message.path.join(' > ')} in ${labels(menu).join(', ')}`);
      found.click();
      return null;
    }
    case 'ask':
      return channels.get(message.channel)?.({ senderFrame: { url: message.url, parent: null } }, ...message.args);
    case 'close': {
      let isPrevented = false;
      windows[0]?.emit('close', {
        preventDefault: () => {
          isPrevented = true;
        },
      });
      return isPrevented;
    }
    case 'quit':
      return app.quit();
    case 'second-instance':
      return void app.emit('second-instance', {}, ['holdfast']);
    case 'on-battery':
      return void powerMonitor.emit('on-battery');
  }
}
