/**
 * The desktop shell's start: what must be said before Electron is ready, one instance only, then the shell on Electron's parts.
 * No decisions here.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  app,
  shell as desktop,
  dialog,
  ipcMain,
  Menu,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  session,
} from 'electron';
import { systemClock } from '../src/base/clock.ts';
import { messageOf } from '../src/base/errors.ts';
import { agentSpawner } from './agent/agent-process.ts';
import { applicationMenu } from './app/application-menu.ts';
import { cannotStart, isHiddenLaunch, secondStartShowsWindow } from './app/launch.ts';
import { placesOf } from './app/places.ts';
import type { QuitQuestion } from './app/quit-policy.ts';
import { Shell } from './app/shell.ts';
import { autostartOf } from './autostart/autostart.ts';
import { answerRequest } from './protocol/answer-request.ts';
import { privileges, scheme } from './protocol/scheme.ts';
import { answerPage } from './security/answer-page.ts';
import { guardContents, guardSession } from './security/guard-contents.ts';
import { ShellFile } from './settings/shell-file.ts';
import { shellFolder } from './settings/shell-folder.ts';
import { systemTray } from './tray/system-tray.ts';
import type { UpdateEngine } from './update/updater.ts';
import { MainWindow } from './window/main-window.ts';

const places = placesOf(import.meta.dirname);
const report = (error: unknown): void => void process.stderr.write(`holdfast: ${messageOf(error)}\n`);

const refusal = cannotStart({ platform: process.platform, uid: process.getuid?.() });
if (refusal !== undefined) {
  process.stderr.write(`holdfast: ${refusal}\n`);
  app.exit(1);
} else {
  app.setName('Holdfast');
  if (process.platform === 'win32') app.setAppUserModelId('app.holdfast.desktop');
  app.setPath('userData', shellFolder(app.getPath('appData'), process.env));
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([privileges]);
  if (app.requestSingleInstanceLock()) start();
  else app.quit();
}

function start(): void {
  const file = new ShellFile(join(app.getPath('userData'), 'shell.json'));
  const icon = join(places.icons, 'holdfast-256.png');
  const window = new MainWindow({
    preload: places.preload,
    icon,
    file,
    onClose: () => holdfast.closing(),
    onSessionEnd: () => void holdfast.quit('session-end').catch(report),
    report,
  });
  const holdfast = new Shell({
    platform: process.platform,
    clock: systemClock,
    spawnAgent: agentSpawner(places.agent),
    tray: systemTray(places.icons, () => window.port.show()),
    window: window.port,
    notify: ({ title, body }, onClick) => {
      const shown = new Notification({ title, body, icon });
      shown.on('click', onClick);
      shown.show();
    },
    ask: (question) => ask(question, window),
    autostart: autostartOf({
      platform: process.platform,
      environment: process.env,
      home: homedir(),
      command: ownCommand(),
      loginItems: app,
    }),
    file,
    updates: {
      isPackaged: app.isPackaged && existsSync(join(process.resourcesPath, 'app-update.yml')),
      engine: loadUpdater,
    },
    powerMonitor,
    sleepBlocker: powerSaveBlocker,
    get systemLocale() {
      return app.getLocale() || 'en';
    },
    exit: () => app.exit(),
    report,
  });

  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, (url) => void desktop.openExternal(url).catch(report));
  });
  app.on('second-instance', (_event, argv) => {
    if (app.isReady() && secondStartShowsWindow(argv)) window.port.show();
  });
  app.on('activate', () => {
    if (app.isReady()) window.port.show();
  });
  // The tray stays.
  app.on('window-all-closed', () => undefined);
  app.on('before-quit', (event) => {
    if (holdfast.isQuitting) return;
    event.preventDefault();
    holdfast.quit('user').catch(report);
  });
  app
    .whenReady()
    .then(() => {
      Menu.setApplicationMenu(Menu.buildFromTemplate(applicationMenu(process.platform, app.isPackaged)));
      guardSession(session.defaultSession);
      protocol.handle(scheme, (request) =>
        answerRequest(request, { folder: places.renderer, connection: () => holdfast.connection, fetch }),
      );
      answerPage(ipcMain, {
        'shell:settings': () => holdfast.settings(),
        'shell:change-settings': (change) => holdfast.changeSettings(change),
        'shell:choose-folder': () => chooseFolder(window),
        'shell:page-ready': () => {
          window.pageReady();
          return undefined;
        },
      });
      powerMonitor.on('shutdown', () => void holdfast.quit('session-end').catch(report));
      const { argv, platform } = process;
      const openedAtLogin = platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
      holdfast.start(isHiddenLaunch({ platform, argv, openedAtLogin }));
    })
    .catch((error: unknown) => {
      report(error);
      app.exit(1);
    });
}

async function ask(
  { message, detail, buttons, defaultButton }: QuitQuestion,
  { window }: MainWindow,
): Promise<boolean> {
  const options: Electron.MessageBoxOptions = {
    type: 'question',
    message,
    detail,
    buttons: [...buttons],
    defaultId: defaultButton,
    cancelId: defaultButton,
  };
  const answer =
    window === undefined ? await dialog.showMessageBox(options) : await dialog.showMessageBox(window, options);
  return answer.response === 0;
}

async function chooseFolder({ window }: MainWindow): Promise<string | undefined> {
  const options = { properties: ['openDirectory', 'createDirectory'] } satisfies Electron.OpenDialogOptions;
  const answer =
    window === undefined ? await dialog.showOpenDialog(options) : await dialog.showOpenDialog(window, options);
  return answer.canceled ? undefined : answer.filePaths[0];
}

/** An AppImage is started by its file, not by what is mounted of it; a clone by Electron with the folder of the program. */
function ownCommand(): [string, ...string[]] {
  const { APPIMAGE: image } = process.env;
  if (image) return [image];
  return app.isPackaged ? [process.execPath] : [process.execPath, app.getAppPath()];
}

async function loadUpdater(): Promise<UpdateEngine> {
  const { default: updater } = await import('electron-updater');
  return updater.autoUpdater;
}
