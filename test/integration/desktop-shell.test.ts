/**
 * The built shell (dist/electron/main.js) with the built agent, from its start to its end, in plain Node on a made-up Electron:
 * everything but Electron itself. The real one is test/e2e/electron.test.ts, where its program is found.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { agentProfile } from '../support/agent.ts';
import { buildDesktop } from '../support/built-desktop.ts';
import { DesktopShell } from '../support/desktop-shell.ts';

const top = join(import.meta.dirname, '../..');
const main = join(top, 'dist/electron/main.js');

beforeAll(buildDesktop);

describe('the desktop shell', () => {
  it('starts, backs up from the tray, serves the page, hides, and ends with its agent', async () => {
    await using profile = await agentProfile();
    const files = join(profile.home, 'Documents');
    mkdirSync(files);
    writeFileSync(join(files, 'thesis.txt'), 'the thesis');
    await using shell = new DesktopShell(main, profile);

    await shell.until('icon', (icon) => String(icon).endsWith('/dist/icons/tray/idle.png'));
    expect(shell.called('loadURL')).toEqual(['app://holdfast/']);
    expect(shell.called('fork')).toEqual([join(top, 'dist/agent-hosted.js')]);
    expect(shell.called('setPath')).toEqual([['userData', join(profile.home, 'appData/holdfast-window')]]);

    // What keeps the page in its place is in force before there is one.
    expect(shell.called('enableSandbox')).toHaveLength(1);
    expect(shell.called('schemes')).toMatchObject([[{ scheme: 'app', privileges: { bypassCSP: false } }]]);
    expect(shell.called('window')).toMatchObject([
      { webPreferences: { contextIsolation: true, sandbox: true, preload: join(top, 'dist/electron/preload.cjs') } },
    ]);
    expect(shell.called('guarded')).toEqual(
      expect.arrayContaining(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview']),
    );
    for (const name of [
      'setWindowOpenHandler',
      'setPermissionRequestHandler',
      'setPermissionCheckHandler',
      'setDevicePermissionHandler',
    ]) {
      expect([name, shell.called(name).length]).toEqual([name, 1]);
    }

    // The page's calls, with a token that it does not know.
    const token: string = JSON.parse(readFileSync(join(profile.state, 'agent.json'), 'utf8')).token;
    const status = await shell.request('app://holdfast/api/status');
    expect([status.status, JSON.parse(status.text).plans]).toEqual([200, []]);
    expect(JSON.stringify(status)).not.toContain(token);
    const page = await shell.request('app://holdfast/jobs');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'/);

    const plan = { name: 'Documents', sources: [files], trigger: { kind: 'manual' }, repositories: ['default'] };
    expect((await shell.request('app://holdfast/api/plans', 'POST', plan)).status).toBe(200);
    await shell.until('menu', (menu) => (menu as string[]).includes('Back up now'));
    await shell.play({ do: 'menu', path: ['Back up now', 'Documents'] });
    await shell.until('tooltip', (text) => String(text).includes('Last good'));

    await shell.play({ do: 'on-battery' });
    const ours = 'app://holdfast/settings';
    const change = { do: 'ask', channel: 'shell:change-settings', args: [{ notifications: 'problems' }] } as const;
    expect(await shell.play({ ...change, url: ours })).toEqual({
      startAtLogin: false,
      notifications: 'problems',
      updates: false,
    });
    await expect(shell.play({ ...change, url: 'https://evil.example/' })).rejects.toThrow('Only the window itself');
    await shell.play({ do: 'menu', path: ['Start at login'] });
    expect(existsSync(join(profile.home, '.config/autostart/holdfast.desktop'))).toBe(true);

    expect([await shell.play({ do: 'close' }), await shell.play({ do: 'close' })]).toEqual([true, true]);
    expect([shell.called('hide').length, shell.called('notification').length]).toEqual([2, 1]);
    await shell.play({ do: 'second-instance' });
    expect(shell.called('show').length).toBeGreaterThan(1);
    await shell.play({ do: 'menu', path: ['Restore'] });
    expect(shell.called('loadURL').at(-1)).toBe('app://holdfast/restore');
    await shell.play({ do: 'ask', channel: 'shell:page-ready', url: ours, args: [] });
    await shell.play({ do: 'menu', path: ['Open'] });
    expect(shell.called('send')).toEqual([['shell:open', '/']]);

    await shell.play({ do: 'quit' });
    expect(await shell.exit).toEqual([0, null]);
    expect(shell.called('exit')).toEqual([0]);
    expect(existsSync(join(profile.state, 'agent.json'))).toBe(false);
    expect(JSON.parse(readFileSync(join(profile.home, 'appData/holdfast-window/shell.json'), 'utf8'))).toMatchObject({
      bounds: { width: 1000 },
      toldOfHiding: true,
    });
  });

  it('attaches to an agent that runs, sees it go and starts its own', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    await using shell = new DesktopShell(main, profile);
    await shell.until('icon', (icon) => String(icon).includes('idle'));
    expect(JSON.parse((await shell.request('app://holdfast/api/status')).text).pid).toBe(agent.pid);
    await agent.end('SIGKILL');
    await shell.until('icon', (icon) => String(icon).includes('disconnected'));
    await shell.until('fork', () => shell.called('fork').length === 2);
    const { pid } = agent;
    let status = await shell.request('app://holdfast/api/status');
    while (status.status === 503) {
      expect(JSON.parse(status.text).error).toMatchObject({ code: 'network', retry: 'backoff' });
      status = await shell.request('app://holdfast/api/status');
    }
    expect(JSON.parse(status.text).pid).not.toBe(pid);
  });
});
