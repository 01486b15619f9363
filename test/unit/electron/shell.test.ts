/** The shell on ports that a test plays: an agent's process, its client, the tray, the window, notifications. */
import { describe, expect, it } from 'vitest';
import type { AgentClient } from '../../../electron/agent/agent-feed.ts';
import type { Job, Notice, Status } from '../../../electron/agent/agent-view.ts';
import type { AgentProcessEvents } from '../../../electron/agent/supervisor.ts';
import { Shell, type ShellPorts, type TrayLook } from '../../../electron/app/shell.ts';
import { ShellFile } from '../../../electron/settings/shell-file.ts';
import type { TrayAction } from '../../../electron/tray/menu-template.ts';
import type { contract } from '../../../src/control/contract.ts';
import type { ListenOptions } from '../../../src/control/listen.ts';
import { agentView, job, notice, planStatus } from '../../support/agent-view.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';

class Desktop implements AsyncDisposable {
  readonly clock = new FakeClock('2026-03-03T12:00:00Z');
  readonly folder: TemporaryFolder;
  readonly file: ShellFile;
  readonly shell: Shell;
  /** What happened, in order. */
  readonly log: unknown[] = [];
  look: TrayLook | undefined;
  onAction: ((action: TrayAction) => void) | undefined;
  agent: AgentProcessEvents | undefined;
  listening: ListenOptions<typeof contract> | undefined;
  status: Status = agentView({ plans: [planStatus('Documents')] }).status!;
  focused = false;
  answer = true;
  clicks: (() => void)[] = [];
  readonly power = new Map<string, () => void>();

  constructor(folder: TemporaryFolder, ports: Partial<ShellPorts>) {
    this.folder = folder;
    this.file = new ShellFile(folder.at('shell.json'));
    this.shell = new Shell(this.#ports(ports));
  }

  #ports(ports: Partial<ShellPorts>): ShellPorts {
    const log = (...what: unknown[]) => void this.log.push(what.length === 1 ? what[0] : what);
    let startsAtLogin = false;
    return {
      platform: 'linux',
      clock: this.clock,
      spawnAgent: (events) => {
        log('spawn');
        this.agent = events;
        return {
          stop: () => {
            log('stop');
            events.onExit(0);
          },
          kill: () => log('kill'),
        };
      },
      connect: () => this.#client(log),
      tray: {
        show: (look, onAction) => {
          this.look = look;
          this.onAction = onAction;
        },
      },
      window: {
        show: (path) => log('window', path),
        hide: () => log('hide'),
        hasFocus: () => this.focused,
        showProgress: (share) => {
          if (share !== undefined) log('progress', share);
        },
      },
      notify: ({ title }, onClick) => {
        log('notify', title);
        this.clicks.push(onClick);
      },
      ask: async ({ message }) => {
        log('ask', message);
        return this.answer;
      },
      autostart: {
        isOn: () => startsAtLogin,
        set: (on) => {
          startsAtLogin = on;
        },
      },
      file: this.file,
      updates: { isPackaged: false, engine: () => Promise.reject(new Error('not expected')) },
      powerMonitor: { on: (event, listener) => this.power.set(event, listener) },
      sleepBlocker: { start: () => this.log.push('awake'), stop: () => log('may sleep') },
      systemLocale: 'en-GB',
      exit: () => log('exit'),
      report: (error) => log('trouble', error),
      ...ports,
    };
  }

  /** Only what the shell uses. */
  #client(log: (...what: unknown[]) => void): AgentClient {
    return {
      events: (options: ListenOptions<typeof contract>) => {
        this.listening = options;
        return new Promise<void>((resolve) => options.signal.addEventListener('abort', () => resolve()));
      },
      agent: {
        status: async () => this.status,
        power: async ({ body }: { body: unknown }) => log('power', body),
      },
      settings: { get: async () => ({ language: 'system' }) },
      jobs: { cancel: async ({ params }: { params: { id: string } }) => log('cancel', params.id) },
    } as unknown as AgentClient;
  }

  /** The agent says that it is ready, and answers how it stands. */
  async ready(
    status: Partial<Status> = {},
    options: { attached?: boolean; hasTrayHost?: boolean } = {},
  ): Promise<void> {
    this.status = { ...this.status, ...status };
    const { attached = false, hasTrayHost = true } = options;
    this.agent?.onMessage({ type: 'desktop', hasTrayHost });
    this.agent?.onMessage({ type: 'ready', baseUrl: 'http://127.0.0.1:1', token: 't', pid: 1, attached });
    this.listening?.onState?.({ state: 'open' });
    await this.clock.advance(0);
  }

  jobChanged(data: Job) {
    this.listening?.onEvent({ id: '1', type: 'job.changed', data });
  }

  noticed(data: Notice) {
    this.listening?.onEvent({ id: '1', type: 'notice', data });
  }

  labels(): string[] {
    return (this.look?.menu ?? []).flatMap((entry) => ('label' in entry ? [entry.label] : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
  }
}

async function desktop(ports: Partial<ShellPorts> = {}): Promise<Desktop> {
  return new Desktop(await temporaryFolder(), ports);
}

describe('the shell', () => {
  it('shows a window at once, and the tray as the agent stands', async () => {
    await using one = await desktop();
    one.shell.start(false);
    expect(one.log).toEqual([['window', undefined], 'spawn']);
    expect(one.look).toMatchObject({ icon: 'disconnected', tooltip: 'Holdfast: Starting …' });
    await one.ready();
    expect(one.look).toMatchObject({ icon: 'idle', tooltip: 'Holdfast: Everything is backed up\nLast good 4 min ago' });
    await one.clock.advance(60_000);
    expect(one.look?.tooltip).toContain('5 min ago');
  });

  it.each([
    [true, []],
    [false, [['window', undefined]]],
  ])('started at login shows no window where there is a tray: %s', async (hasTrayHost, windows) => {
    await using one = await desktop();
    one.shell.start(true);
    expect(one.log).toEqual(['spawn']);
    await one.ready({}, { hasTrayHost });
    await one.clock.advance(10_000);
    expect(one.log.slice(1)).toEqual(windows);
    expect(one.look?.icon).toBe(hasTrayHost ? 'idle' : 'disconnected');
  });

  it('started at login shows a window when nobody says whether there is a tray', async () => {
    await using one = await desktop();
    one.shell.start(true);
    await one.clock.advance(5_000);
    expect(one.log).toEqual(['spawn', ['window', undefined]]);
  });

  it('works with the agent by the tray, and keeps the machine awake meanwhile', async () => {
    await using one = await desktop();
    one.shell.start(true);
    await one.ready({ jobs: [job({ progress: { bytesDone: 1, bytesTotal: 4 } })], state: 'running' });
    expect(one.look?.icon).toBe('running');
    expect(one.log.slice(1)).toEqual([['progress', 0.25], 'awake']);
    one.onAction?.({ do: 'cancel', jobId: 'j1' });
    one.status = { ...one.status, state: 'idle', jobs: [] };
    one.jobChanged(job({ state: 'cancelled' }));
    await one.clock.advance(0);
    expect(one.log.slice(3)).toEqual([['cancel', 'j1'], 'may sleep']);
    expect(one.look?.icon).toBe('idle');
  });

  it('leads to views from the tray and from notifications', async () => {
    await using one = await desktop();
    one.shell.start(true);
    await one.ready();
    one.onAction?.({ do: 'open', view: { view: 'restore' } });
    one.noticed(notice({ planId: 'documents' }));
    one.jobChanged(job({ kind: 'restore', state: 'done' }));
    expect(one.log.slice(1)).toEqual([
      ['window', '/restore'],
      ['notify', 'Holdfast: problem'],
      ['notify', 'Restore finished'],
    ]);
    for (const click of one.clicks) click();
    expect(one.log.slice(4)).toEqual([
      ['window', '/plans/documents'],
      ['window', '/jobs/j1'],
    ]);
    one.focused = true;
    one.noticed(notice());
    expect(one.log).toHaveLength(6);
  });

  it('tells of an agent that does not stay, and lets one that was ended be started', async () => {
    await using one = await desktop();
    one.shell.start(true);
    one.agent?.onMessage({ type: 'desktop', hasTrayHost: true });
    for (const waitMs of [500, 2_000, 8_000, 32_000]) {
      one.agent?.onExit(1);
      await one.clock.advance(waitMs);
    }
    expect(one.log.filter((what) => what !== 'spawn')).toEqual([['notify', 'Holdfast’s agent does not stay running']]);
    one.agent?.onMessage({ type: 'ended' });
    one.agent?.onExit(0);
    expect(one.labels()).toContain('Start the agent');
    one.log.length = 0;
    one.onAction?.({ do: 'start-agent' });
    expect(one.log).toEqual(['spawn']);
  });

  it('hides the window when it is closed, and says so once', async () => {
    await using one = await desktop();
    one.shell.start(true);
    await one.ready();
    expect([one.shell.closing(), one.shell.closing()]).toEqual([false, false]);
    expect(one.log.slice(1)).toEqual(['hide', ['notify', 'Holdfast goes on in the background'], 'hide']);
    one.clicks[0]?.();
    expect(one.log.at(-1)).toEqual(['window', undefined]);
  });

  it('ends when the window is closed and there is no tray', async () => {
    await using one = await desktop();
    one.shell.start(false);
    await one.ready({}, { hasTrayHost: false });
    expect(one.shell.closing()).toBe(false);
    await one.clock.advance(0);
    expect(one.log.slice(2)).toEqual(['stop', 'exit']);
    expect(one.shell.closing()).toBe(true);
  });

  it('asks before it ends during a job, and goes on when that is wanted', async () => {
    await using one = await desktop();
    one.shell.start(true);
    await one.ready({ jobs: [job()] });
    one.answer = false;
    one.onAction?.({ do: 'quit' });
    one.onAction?.({ do: 'quit' });
    await one.clock.advance(0);
    expect(one.log.slice(1)).toEqual(['awake', ['ask', 'A job is running. Quit anyway?']]);
    expect(one.shell.isQuitting).toBe(false);
    one.answer = true;
    await one.shell.quit('user');
    expect(one.log.slice(3)).toEqual([['ask', 'A job is running. Quit anyway?'], 'stop', 'exit']);
    expect(one.listening?.signal.aborted).toBe(true);
  });

  it('does not hold up the end of the session, even while it asks', async () => {
    await using one = await desktop({ ask: () => new Promise(() => undefined) });
    one.shell.start(true);
    await one.ready({ jobs: [job()] });
    void one.shell.quit('user');
    await one.shell.quit('session-end');
    expect(one.log.slice(-2)).toEqual(['stop', 'exit']);
  });

  it('hands power to the agent, when there is one', async () => {
    await using one = await desktop();
    one.shell.start(true);
    one.power.get('resume')?.();
    await one.ready();
    one.power.get('on-battery')?.();
    one.power.get('resume')?.();
    expect(one.log.slice(1)).toEqual([
      ['power', { event: 'battery' }],
      ['power', { event: 'resume', sleptMs: 0 }],
    ]);
  });

  it('changes its settings, which the tray shows', async () => {
    await using one = await desktop();
    one.shell.start(true);
    await one.ready();
    expect(one.shell.settings()).toEqual({ startAtLogin: false, notifications: 'all', updates: false });
    one.onAction?.({ do: 'start-at-login', on: true });
    expect(one.shell.changeSettings({ notifications: 'none' })).toEqual({
      startAtLogin: true,
      notifications: 'none',
      updates: false,
    });
    expect(one.look?.menu).toContainEqual(expect.objectContaining({ label: 'Start at login', checked: true }));
    one.noticed(notice());
    expect(one.log).toEqual(['spawn']);
  });

  it('offers an update that the user asked for, and installs it after the end of the agent', async () => {
    const log: string[] = [];
    const engine = {
      autoDownload: true,
      autoInstallOnAppQuit: true,
      checkForUpdates: async () => ({ isUpdateAvailable: true, updateInfo: { version: '2.0.0' } }),
      downloadUpdate: async () => undefined,
      quitAndInstall: () => log.push('install'),
    };
    await using one = await desktop({ updates: { isPackaged: true, engine: async () => engine } });
    one.shell.start(true);
    await one.ready();
    await one.clock.advance(180_000);
    expect(one.labels()).not.toContain('Restart to update to 2.0.0');
    one.shell.changeSettings({ updates: true });
    await one.clock.advance(180_000);
    expect(one.labels()).toContain('Restart to update to 2.0.0');
    one.onAction?.({ do: 'install-update' });
    await one.clock.advance(0);
    expect([one.log.slice(1), log]).toEqual([['stop'], ['install']]);
  });
});
