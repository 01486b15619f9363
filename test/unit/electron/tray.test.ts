import { describe, expect, it } from 'vitest';
import { languageOf } from '../../../electron/text/texts.ts';
import { type IconState, iconState, iconStates, overallProgress } from '../../../electron/tray/icon-state.ts';
import { type MenuEntry, trayMenu } from '../../../electron/tray/menu-template.ts';
import { statusLine } from '../../../electron/tray/status-line.ts';
import { tooltip } from '../../../electron/tray/tooltip.ts';
import {
  agentView,
  endedView,
  job,
  minutesAgo,
  notice,
  now,
  planStatus,
  startingView,
  waitingView,
} from '../../support/agent-view.ts';

const english = languageOf('en-GB');
const german = languageOf('de-DE');
const documents = planStatus('Documents');

describe('the icon', () => {
  const cases: readonly (readonly [IconState, ReturnType<typeof agentView>])[] = [
    ['idle', agentView()],
    ['running', agentView({ state: 'running', jobs: [job()] })],
    ['running', agentView({ state: 'idle', jobs: [job({ kind: 'restore' })] })],
    ['running', agentView({ state: 'paused', jobs: [job({ kind: 'remote-create', remoteName: 'Panel' })] })],
    ['idle', agentView({ state: 'idle', jobs: [job({ state: 'queued' })] })],
    ['paused', agentView({ state: 'paused' })],
    ['attention', agentView({ state: 'attention', jobs: [job()] })],
    ['error', agentView({ state: 'error', jobs: [job()] })],
    ['disconnected', startingView],
    ['disconnected', waitingView],
    ['disconnected', endedView],
    ['disconnected', { ...agentView(), status: undefined }],
  ];

  it.each(cases)('is %s', (state, view) => {
    expect(iconState(view)).toBe(state);
  });

  it('has no state that nothing leads to', () => {
    expect(new Set(cases.map(([state]) => state))).toEqual(new Set(iconStates));
  });

  it('shows progress over all jobs that know their size', () => {
    const half = job({ progress: { bytesDone: 50, bytesTotal: 100 } });
    expect(overallProgress(agentView({ jobs: [half] }))).toBe(0.5);
    expect(overallProgress(agentView({ jobs: [half, job({ progress: { bytesDone: 500, bytesTotal: 300 } })] }))).toBe(
      0.875,
    );
    expect(overallProgress(agentView({ jobs: [job(), job({ progress: { bytesDone: 5 } })] }))).toBeUndefined();
  });
});

describe('the status line', () => {
  it.each([
    ['Starting …', startingView],
    ['The agent is gone; trying again …', waitingView],
    ['The agent is stopped: nothing is backed up', endedView],
    ['Nothing is backed up yet', agentView()],
    ['Everything is backed up', agentView({ plans: [documents] })],
    ['Photos: no backup yet', agentView({ plans: [documents, planStatus('Photos', { lastGoodAt: undefined })] })],
    ['Backing up Documents', agentView({ plans: [documents], jobs: [job()] })],
    ['Backing up Documents 43%', agentView({ jobs: [job({ progress: { bytesDone: 43, bytesTotal: 100 } })] })],
    [
      'Backing up remotely Panel (+1)',
      agentView({ jobs: [job({ kind: 'remote-create', remoteName: 'Panel' }), job({ id: 'j2' })] }),
    ],
    [
      '2 jobs wait',
      agentView({ plans: [documents], jobs: [job({ state: 'queued' }), job({ id: 'j2', state: 'queued' })] }),
    ],
    [
      '1 problem',
      agentView({
        state: 'error',
        plans: [planStatus('Documents', { state: 'failed' })],
        notices: [notice({ planId: 'documents' })],
      }),
    ],
    [
      '2 problems',
      agentView({ state: 'error', plans: [planStatus('Documents', { state: 'failed' })], notices: [notice()] }),
    ],
    ['1 thing needs a look', agentView({ state: 'attention', plans: [planStatus('Documents', { state: 'overdue' })] })],
    ['Paused', agentView({ state: 'paused', plans: [planStatus('Documents', { state: 'paused' }, { paused: {} })] })],
  ] as const)('is "%s"', (line, view) => {
    expect(statusLine(view, english, now)).toBe(line);
  });

  it('says until when everything is paused', () => {
    const until = new Date(now.getTime() + 3_600_000).toISOString();
    const paused = agentView({
      state: 'paused',
      plans: [planStatus('Documents', { state: 'paused' }, { paused: { until } })],
    });
    expect(statusLine(paused, english, now)).toMatch(/^Paused until \d\d:\d\d$/);
  });
});

describe('the tooltip', () => {
  it('says when the last good backup was, of the plan that is worst off', () => {
    const view = agentView({ plans: [documents, planStatus('Photos', { lastGoodAt: minutesAgo(1) })] });
    expect(tooltip(view, english, now)).toBe('Holdfast: Everything is backed up\nLast good 4 min ago');
    expect(tooltip(view, german, now)).toBe('Holdfast: Alles ist gesichert\nZuletzt gesichert vor 4 Min.');
    const old = agentView({ plans: [documents, planStatus('Photos', { lastGoodAt: minutesAgo(3 * 1440) })] });
    expect(tooltip(old, english, now)).toMatch(/\nLast good 3 days? ago$/);
  });

  it('says nothing of backups when there is none, and fits into what Windows shows', () => {
    expect(tooltip(startingView, english, now)).toBe('Holdfast: Starting …');
    const long = agentView({ plans: [planStatus('x'.repeat(200), { lastGoodAt: undefined })] });
    expect(tooltip(long, english, now)).toHaveLength(127);
  });
});

describe('the menu', () => {
  const menu = (
    view: Parameters<typeof trayMenu>[0]['view'],
    state: { startsAtLogin?: boolean; update?: string } = {},
  ) => trayMenu({ view, startsAtLogin: state.startsAtLogin ?? false, update: state.update }, english, now);
  const labels = (entries: readonly MenuEntry[]) =>
    entries.flatMap((entry) => (entry.type === 'separator' ? [] : [entry.label]));
  const find = (entries: readonly MenuEntry[], label: string) =>
    entries.find((entry) => 'label' in entry && entry.label.startsWith(label));
  const entriesOf = (entry: MenuEntry | undefined) => (entry?.type === 'submenu' ? entry.entries : []);

  it('without an agent offers only what works without one', () => {
    expect(labels(menu(startingView))).toEqual(['Starting …', 'Open Holdfast', 'Start at login', 'Quit']);
    expect(find(menu(startingView), 'Start the agent')).toBeUndefined();
    expect(find(menu(endedView), 'Start the agent')).toMatchObject({ action: { do: 'start-agent' } });
    const gone = { ...agentView({ plans: [documents] }), connection: waitingView.connection };
    expect(find(menu(gone), 'Back up now')).toBeUndefined();
  });

  it('begins with how it stands, and the next run', () => {
    const later = planStatus('Later', { nextRunAt: '2026-03-04T12:00:00Z' });
    const sooner = planStatus('R&D', { nextRunAt: '2026-03-03T13:00:00+00:00' });
    const [status, next] = menu(agentView({ plans: [later, sooner] }));
    expect(status).toEqual({ type: 'text', label: 'Everything is backed up' });
    expect(next).toMatchObject({ type: 'text', label: expect.stringMatching(/^Next: R&&D, \d\d:\d\d$/) });
    expect(labels(menu(agentView({ plans: [documents] })))[1]).not.toMatch(/^Next/);
  });

  it('backs up plans that are not at it', () => {
    const view = agentView({
      plans: [documents, planStatus('Photos', { state: 'running' }), planStatus('Music', { state: 'failed' })],
    });
    expect(entriesOf(find(menu(view), 'Back up now'))).toEqual([
      { type: 'action', label: 'Documents', action: { do: 'back-up', planId: 'documents' } },
      { type: 'action', label: 'Music', action: { do: 'back-up', planId: 'music' } },
    ]);
    expect(
      find(menu(agentView({ plans: [planStatus('Photos', { state: 'queued' })] })), 'Back up now'),
    ).toBeUndefined();
  });

  it('cancels the one job, or one of several, those of remotes too; not one that is being cancelled', () => {
    expect(find(menu(agentView()), 'Cancel')).toBeUndefined();
    expect(find(menu(agentView({ jobs: [job()] })), 'Cancel')).toEqual({
      type: 'action',
      label: 'Cancel: Backing up Documents',
      action: { do: 'cancel', jobId: 'j1' },
    });
    expect(find(menu(agentView({ jobs: [job({ cancelling: true })] })), 'Cancel')).toBeUndefined();
    const remote = job({ id: 'j2', kind: 'remote-restore', remoteName: 'Panel' });
    const entries = entriesOf(find(menu(agentView({ jobs: [job(), remote] })), 'Cancel'));
    expect(labels(entries)).toEqual(['Backing up Documents', 'Restoring remotely Panel', 'Cancel all']);
    expect(entries[1]).toMatchObject({ action: { do: 'cancel', jobId: 'j2' } });
    expect(entries.at(-1)).toMatchObject({ action: { do: 'cancel-all' } });
  });

  it('pauses for a while, and resumes what is paused', () => {
    const entries = entriesOf(find(menu(agentView({ plans: [documents] })), 'Pause'));
    expect(entries.map((entry) => 'action' in entry && entry.action)).toEqual([
      { do: 'pause', for: 'hour' },
      { do: 'pause', for: 'tomorrow' },
      { do: 'pause', for: 'resumed' },
    ]);
    expect(find(menu(agentView({ plans: [documents] })), 'Resume')).toBeUndefined();
    expect(find(menu(agentView()), 'Pause')).toBeUndefined();
    const paused = agentView({ plans: [documents, planStatus('Photos', {}, { paused: {} })] });
    expect(find(menu(paused), 'Resume')).toMatchObject({ action: { do: 'resume' } });
  });

  it('leads to the last problem, to restoring, and to the window', () => {
    const view = agentView({
      notices: [
        notice({ level: 'info', message: 'Just so' }),
        notice({ level: 'warning', message: 'Odd', planId: 'p' }),
        notice({ jobId: 'j9' }),
      ],
    });
    expect(find(menu(view), 'Last problem')).toMatchObject({
      label: 'Last problem: Documents could not be saved.',
      action: { do: 'open', view: { view: 'jobs', id: 'j9' } },
    });
    expect(find(menu(agentView({ notices: [notice({ level: 'info' })] })), 'Last problem')).toBeUndefined();
    expect(find(menu(view), 'Restore')).toMatchObject({ action: { do: 'open', view: { view: 'restore' } } });
    expect(find(menu(view), 'Open')).toMatchObject({ action: { do: 'open', view: { view: 'home' } } });
  });

  it('has the start at login, an update that may be installed, and the end', () => {
    const off = find(menu(agentView()), 'Start at login');
    expect(off).toMatchObject({ type: 'check', checked: false, action: { do: 'start-at-login', on: true } });
    const on = find(menu(agentView(), { startsAtLogin: true }), 'Start at login');
    expect(on).toMatchObject({ checked: true, action: { do: 'start-at-login', on: false } });
    expect(find(menu(agentView()), 'Restart to update')).toBeUndefined();
    expect(find(menu(agentView(), { update: '2.0.0' }), 'Restart to update to 2.0.0')).toMatchObject({
      action: { do: 'install-update' },
    });
    expect(menu(agentView()).at(-1)).toMatchObject({ label: 'Quit', action: { do: 'quit' } });
  });

  it('keeps long and odd names in one line', () => {
    const view = agentView({ plans: [planStatus(`a\n\tb${'x'.repeat(100)}`)] });
    const [first] = entriesOf(find(menu(view), 'Back up now'));
    expect(first).toMatchObject({ label: expect.stringMatching(/^a bx{56}…$/) });
  });

  it('is German in German', () => {
    const view = agentView({ plans: [documents], jobs: [job()] });
    expect(labels(trayMenu({ view, startsAtLogin: false, update: undefined }, german, now))).toEqual([
      'Sicherung: Documents',
      'Jetzt sichern',
      'Abbrechen: Sicherung: Documents',
      'Anhalten',
      'Wiederherstellen …',
      'Holdfast öffnen',
      'Beim Anmelden starten',
      'Beenden',
    ]);
    expect(languageOf('nonsense-').texts.quit).toBe('Quit');
    expect(languageOf('fr').texts.quit).toBe('Quit');
  });
});
