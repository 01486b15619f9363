/** What of the shell touches its host: power, updates, start at login, its own file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { autostartFile, autostartOf, type LoginItems } from '../../../electron/autostart/autostart.ts';
import { type PowerMonitor, StayAwake, watchPower } from '../../../electron/power/power.ts';
import { ShellFile } from '../../../electron/settings/shell-file.ts';
import { shellFolder } from '../../../electron/settings/shell-folder.ts';
import { type UpdateEngine, Updater } from '../../../electron/update/updater.ts';
import { agentView, job, now, startingView } from '../../support/agent-view.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('power', () => {
  it('is told to the agent as it changes, and how long the machine slept', async () => {
    const clock = new FakeClock();
    const listeners = new Map<string, () => void>();
    const monitor: PowerMonitor = { on: (event, listener) => listeners.set(event, listener) };
    const told: unknown[] = [];
    watchPower(monitor, clock, (event) => told.push(event));
    listeners.get('on-battery')?.();
    listeners.get('on-ac')?.();
    listeners.get('suspend')?.();
    await clock.advance(3_600_000);
    listeners.get('resume')?.();
    listeners.get('resume')?.();
    expect(told).toEqual([
      { event: 'battery' },
      { event: 'mains' },
      { event: 'resume', sleptMs: 3_600_000 },
      { event: 'resume', sleptMs: 0 },
    ]);
  });

  it('is kept on while a job runs, and only then', () => {
    const calls: unknown[] = [];
    let ids = 0;
    const awake = new StayAwake({ start: (type) => calls.push(type) && ++ids, stop: (id) => calls.push(id) });
    for (const view of [startingView, agentView(), agentView({ jobs: [job({ state: 'queued' })] })])
      awake.agentChanged(view);
    expect(calls).toEqual([]);
    awake.agentChanged(agentView({ jobs: [job()] }));
    awake.agentChanged(agentView({ jobs: [job(), job({ id: 'j2' })] }));
    expect(calls).toEqual(['prevent-app-suspension']);
    awake.agentChanged(agentView());
    awake.agentChanged(agentView());
    expect(calls).toEqual(['prevent-app-suspension', 1]);
    awake.agentChanged(agentView({ jobs: [job()] }));
    awake.agentChanged(startingView);
    expect(calls.slice(2)).toEqual(['prevent-app-suspension', 2]);
  });
});

describe('the updater', () => {
  function updates(options: { wanted?: boolean; check?: () => Promise<never> } = {}) {
    const calls: string[] = [];
    const offers: (string | undefined)[] = [];
    const troubles: unknown[] = [];
    const engine: UpdateEngine = {
      autoDownload: true,
      autoInstallOnAppQuit: true,
      checkForUpdates: async () => {
        calls.push('check');
        return options.check?.() ?? { isUpdateAvailable: true, updateInfo: { version: '2.0.0' } };
      },
      downloadUpdate: async () => calls.push('download'),
      quitAndInstall: () => calls.push('install'),
    };
    const updater = new Updater({
      engine: async () => engine,
      isWanted: () => options.wanted ?? true,
      isPackaged: true,
      now: () => now,
      onOffer: (version) => offers.push(version),
      onTrouble: (error) => troubles.push(error),
    });
    return { calls, offers, troubles, engine, updater };
  }

  it('checks, downloads and offers, a step each time, and does nothing by itself', async () => {
    const { updater, calls, offers, engine } = updates();
    for (let n = 0; n < 4; n++) await updater.look(agentView());
    expect([calls, offers]).toEqual([['check', 'download'], ['2.0.0']]);
    expect([engine.autoDownload, engine.autoInstallOnAppQuit]).toEqual([false, false]);
    await updater.install();
    expect(calls.at(-1)).toBe('install');
  });

  it('takes the offer back during a job: nothing is installed then', async () => {
    const { updater, calls, offers } = updates();
    for (let n = 0; n < 3; n++) await updater.look(agentView());
    await updater.look(agentView({ jobs: [job()] }));
    expect(offers).toEqual(['2.0.0', undefined]);
    await updater.install();
    expect(calls).toEqual(['check', 'download']);
  });

  it('asks nobody unless it is wanted, and tells what goes wrong', async () => {
    const off = updates({ wanted: false });
    await off.updater.look(agentView());
    expect(off.calls).toEqual([]);
    const broken = updates({ check: () => Promise.reject(new Error('no network')) });
    await broken.updater.look(agentView());
    await broken.updater.look(agentView());
    expect([broken.calls, broken.troubles]).toEqual([['check'], [new Error('no network')]]);
  });
});

describe('the start at login', () => {
  const noItems: LoginItems = {
    getLoginItemSettings: () => ({ openAtLogin: false }),
    setLoginItemSettings: () => expect.unreachable(),
  };

  it('is a file of the desktop on Linux, which desktops may turn off', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('autostart/holdfast.desktop');
    const autostart = autostartOf({
      platform: 'linux',
      environment: { XDG_CONFIG_HOME: folder.path },
      home: '/nobody',
      command: ['/opt/Hold fast/holdfast'],
      loginItems: noItems,
    });
    expect(autostart.isOn()).toBe(false);
    autostart.set(true);
    expect(autostart.isOn()).toBe(true);
    expect(readFileSync(path, 'utf8')).toContain('\nExec="/opt/Hold fast/holdfast" --hidden\n');
    for (const off of ['Hidden=true', 'X-GNOME-Autostart-enabled=false']) {
      writeFileSync(path, `[Desktop Entry]\n${off}\n`);
      expect(autostart.isOn()).toBe(false);
    }
    autostart.set(false);
    autostart.set(false);
    expect(autostart.isOn()).toBe(false);
  });

  it('cannot be tricked by the path of the program', () => {
    const exec = (word: string) => /^Exec=(.*)$/m.exec(autostartFile([word]))?.[1];
    expect(exec('/a b')).toBe('"/a b"');
    expect(exec('/a%u')).toBe('"/a%%u"');
    // Escaped for the quotes, then for the file.
    expect(exec('/a$(x)`"\\')).toBe(`${String.raw`"/a\\$(x)\\`}\`${String.raw`\\"\\\\"`}`);
    expect(() => autostartFile(['/a\nExec=evil'])).toThrow('cannot be started at login');
  });

  it('says so when the file cannot be written', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('autostart'), 'a file');
    const options = {
      platform: 'linux',
      environment: { XDG_CONFIG_HOME: folder.path },
      home: '/nobody',
      command: ['/x'],
      loginItems: noItems,
    } as const;
    expect(() => autostartOf(options).set(true)).toThrow('holdfast.desktop cannot be written');
  });

  it.each(['darwin', 'win32'] as const)('is an item of the system on %s', (platform) => {
    let items: unknown;
    const loginItems: LoginItems = {
      getLoginItemSettings: ({ args }) => ({ openAtLogin: args[0] === '--hidden' && items !== undefined }),
      setLoginItemSettings: (settings) => {
        items = settings;
      },
    };
    const autostart = autostartOf({ platform, environment: {}, home: '/nobody', command: ['/x'], loginItems });
    expect(autostart.isOn()).toBe(false);
    autostart.set(true);
    expect([items, autostart.isOn()]).toEqual([{ openAtLogin: true, args: ['--hidden'] }, true]);
  });
});

describe("the shell's own file", () => {
  it('keeps what it is told, with updates off until they are turned on', async () => {
    await using folder = await temporaryFolder();
    const file = new ShellFile(folder.at('window/shell.json'));
    expect(file.state).toEqual({ isMaximized: false, toldOfHiding: false, notifications: 'all', updates: false });
    file.change({ toldOfHiding: true, bounds: { x: 1, y: 2, width: 3, height: 4 } });
    expect(new ShellFile(folder.at('window/shell.json')).state).toEqual(file.state);
  });

  it('counts as none when it is damaged, and is no reason to fail when it cannot be written', async () => {
    await using folder = await temporaryFolder();
    for (const text of ['', '{"updates":"yes"}', '[]', '{"bounds":{"x":1e99}}']) {
      writeFileSync(folder.at('shell.json'), text);
      expect(new ShellFile(folder.at('shell.json')).state.updates).toBe(false);
    }
    const nowhere = new ShellFile(join(folder.at('shell.json'), 'shell.json'));
    nowhere.change({ updates: true });
    expect(nowhere.state.updates).toBe(true);
  });

  it('lies beside the configuration of the agent, not among it; each profile has one', () => {
    expect(shellFolder('/home/me/.config', {})).toBe('/home/me/.config/holdfast-window');
    expect(shellFolder('/home/me/.config', { HOLDFAST_DATA_DIR: '/data' })).toBe('/data/window');
  });
});
