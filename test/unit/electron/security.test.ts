/** Each line of the promise "Electron": contextIsolation, sandbox, webSecurity, no Node; navigation, windows, permissions, links, IPC. */
import { describe, expect, it } from 'vitest';
import { answerPage, type IpcMain, type ShellHandlers } from '../../../electron/security/answer-page.ts';
import { isExternalLink } from '../../../electron/security/external-links.ts';
import {
  type GuardedContents,
  type GuardedSession,
  guardContents,
  guardSession,
} from '../../../electron/security/guard-contents.ts';
import { isOwnDownload, isOwnPage, isTrustedSender } from '../../../electron/security/own-page.ts';
import { windowOptions } from '../../../electron/window/window-options.ts';
import { type ShellChannel, shellRequests } from '../../../src/control/shell.ts';

const own = ['app://holdfast/', 'app://holdfast/jobs/01J', 'app://holdfast/index.html?a=1#b'];
const foreign = [
  'https://holdfast/',
  'app://elsewhere/',
  'app://holdfast.evil.example/',
  'app://holdfast:80/',
  'app://user@holdfast/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,x',
  'about:blank',
  'blob:app://holdfast/x',
  'http://127.0.0.1:4711/',
  '',
];

describe('the window', () => {
  const { webPreferences, ...options } = windowOptions({
    bounds: { x: 1, y: 2, width: 1000, height: 700 },
    preload: '/app/preload.cjs',
    icon: '/app/icon.png',
    isDark: true,
    platform: 'linux',
  });

  it('has context isolation, sandbox and web security on, and nothing of Node', () => {
    expect(webPreferences).toMatchObject({ contextIsolation: true, sandbox: true, webSecurity: true });
    expect(webPreferences).toMatchObject({
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
    });
    expect(webPreferences).toMatchObject({
      webviewTag: false,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
    });
    expect(webPreferences.preload).toBe('/app/preload.cjs');
  });

  it('opens where it was, is never too small, and shows itself when it is painted', () => {
    expect(options).toMatchObject({
      x: 1,
      width: 1000,
      minWidth: 900,
      minHeight: 600,
      show: false,
      icon: '/app/icon.png',
    });
  });
});

describe('a page', () => {
  function guarded() {
    const listeners = new Map<string, (event: { url: string; preventDefault(): void }) => void>();
    let openWindow: Parameters<GuardedContents['setWindowOpenHandler']>[0] | undefined;
    const opened: string[] = [];
    const contents: GuardedContents = {
      on: (event: string, listener: (event: { url: string; preventDefault(): void }) => void) =>
        listeners.set(event, listener),
      setWindowOpenHandler: (handler) => {
        openWindow = handler;
      },
    };
    guardContents(contents, (url) => opened.push(url));
    const isPrevented = (event: string, url: string) => {
      let prevented = false;
      listeners.get(event)?.({
        url,
        preventDefault: () => {
          prevented = true;
        },
      });
      return prevented;
    };
    return { isPrevented, opened, openWindow: (url: string) => openWindow?.({ url }) };
  }

  it.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])('stays on our own pages: %s', (event) => {
    const { isPrevented } = guarded();
    for (const url of own) expect([url, isPrevented(event, url)]).toEqual([url, false]);
    for (const url of [...foreign, 'app://holdfast/api/status'])
      expect([url, isPrevented(event, url)]).toEqual([url, true]);
  });

  it('holds no other page', () => {
    expect(guarded().isPrevented('will-attach-webview', 'app://holdfast/')).toBe(true);
  });

  it('opens no window; links of the list go to the browser, and no others', () => {
    const { openWindow, opened } = guarded();
    for (const url of [...own, ...foreign, 'https://evil.example/', 'https://restic.net/x'])
      expect(openWindow(url)).toEqual({ action: 'deny' });
    expect(opened).toEqual(['https://restic.net/x']);
  });

  it('gets no permission, no device, and saves nothing but answers of the agent', () => {
    const answers: boolean[] = [];
    const { kept, session } = recordingSession();
    guardSession(session);
    for (const permission of [
      'media',
      'geolocation',
      'notifications',
      'openExternal',
      'clipboard-read',
      'fullscreen',
    ]) {
      kept.request?.({}, permission, (granted) => answers.push(granted));
    }
    expect(answers).toEqual(Array(6).fill(false));
    expect([kept.check?.(), kept.device?.()]).toEqual([false, false]);
    const isSaved = (url: string) => {
      let saved = true;
      kept.download?.(
        {
          preventDefault: () => {
            saved = false;
          },
        },
        { getURL: () => url },
      );
      return saved;
    };
    expect(isSaved('app://holdfast/api/snapshots/1/download?path=x')).toBe(true);
    for (const url of [...foreign, 'app://holdfast/index.html']) expect([url, isSaved(url)]).toEqual([url, false]);
  });
});

/** What a session was given. */
function recordingSession() {
  const kept: {
    request?: Parameters<GuardedSession['setPermissionRequestHandler']>[0];
    check?: Parameters<GuardedSession['setPermissionCheckHandler']>[0];
    device?: Parameters<GuardedSession['setDevicePermissionHandler']>[0];
    download?: Parameters<GuardedSession['on']>[1];
  } = {};
  const session: GuardedSession = {
    setPermissionRequestHandler: (request) => void Object.assign(kept, { request }),
    setPermissionCheckHandler: (check) => void Object.assign(kept, { check }),
    setDevicePermissionHandler: (device) => void Object.assign(kept, { device }),
    on: (_event, download) => void Object.assign(kept, { download }),
  };
  return { kept, session };
}

describe('addresses', () => {
  it('are told apart', () => {
    for (const url of own) expect([url, isOwnPage(url), isOwnDownload(url)]).toEqual([url, true, false]);
    for (const url of foreign) expect([url, isOwnPage(url), isOwnDownload(url)]).toEqual([url, false, false]);
    expect([isOwnPage('app://holdfast/api/x'), isOwnDownload('app://holdfast/api/x')]).toEqual([false, true]);
  });

  it('that the browser opens are https, of a known host, and nothing more', () => {
    expect(isExternalLink('https://restic.readthedocs.io/en/latest/')).toBe(true);
    for (const url of [
      'http://restic.net/',
      'https://restic.net.evil.example/',
      'https://evil.example/?restic.net',
      'https://restic.net:8443/',
      'https://a@restic.net/',
      'file:///restic.net',
      'javascript:1',
      'smb://restic.net/',
      '',
      ...foreign,
    ]) {
      expect([url, isExternalLink(url)]).toEqual([url, false]);
    }
  });
});

describe('requests of the page to the shell', () => {
  type Listener = Parameters<IpcMain['handle']>[1];
  const settings = { startAtLogin: false, notifications: 'all', updates: false } as const;

  function shell() {
    const listeners = new Map<string, Listener>();
    const heard: unknown[] = [];
    const handlers: ShellHandlers = {
      'shell:settings': () => settings,
      'shell:change-settings': (change) => {
        heard.push(change);
        return { ...settings, updates: change.updates ?? false };
      },
      'shell:choose-folder': async () => '/home',
      'shell:page-ready': () => undefined,
    };
    answerPage({ handle: (channel, listener) => void listeners.set(channel, listener) }, handlers);
    const ask = (channel: string, frame: Parameters<Listener>[0]['senderFrame'], ...args: unknown[]) =>
      listeners.get(channel)!({ senderFrame: frame }, ...args);
    return { ask, heard, channels: [...listeners.keys()] };
  }

  const ours = { url: 'app://holdfast/settings', parent: null };

  it('are answered to our own page', async () => {
    const { ask, heard, channels } = shell();
    expect(channels.toSorted()).toEqual(Object.keys(shellRequests).toSorted());
    expect(ask('shell:settings', ours)).toEqual(settings);
    expect(ask('shell:change-settings', ours, { updates: true })).toEqual({ ...settings, updates: true });
    expect(heard).toEqual([{ updates: true }]);
    expect(await ask('shell:choose-folder', ours)).toBe('/home');
  });

  it('are refused to any other sender: a frame in it, another page, one that is gone', () => {
    const { ask } = shell();
    const strangers = [null, { url: 'app://holdfast/', parent: {} }, ...foreign.map((url) => ({ url, parent: null }))];
    for (const channel of Object.keys(shellRequests) as ShellChannel[]) {
      for (const frame of strangers) {
        expect(isTrustedSender(frame)).toBe(false);
        expect(() => ask(channel, frame)).toThrow('Only the window itself');
      }
    }
  });

  it('are refused when they are not as their schema says', () => {
    const { ask, heard } = shell();
    for (const wrong of [undefined, 'x', { updates: 'yes' }, { unknown: 1 }, { notifications: 'some' }]) {
      expect(() => ask('shell:change-settings', ours, wrong)).toThrow('not asked as it should be');
    }
    expect(() => ask('shell:settings', ours, {})).toThrow();
    expect(() => ask('shell:change-settings', ours, {}, 'more')).toThrow();
    expect(heard).toEqual([]);
  });
});
