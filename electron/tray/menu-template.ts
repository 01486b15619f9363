/**
 * The tray's menu, as data: what is in it, and what each entry does. On some Linux desktops a tray icon takes no clicks, so that
 * everything is in here, and is set again at each change.
 */
import type { ShellView } from '../../src/control/shell.ts';
import type { AgentView, Job, Status } from '../agent/agent-view.ts';
import { noticeView } from '../notify/notice-view.ts';
import type { Language } from '../text/texts.ts';
import { whenText } from '../text/times.ts';
import { jobLine, statusLine } from './status-line.ts';

export type TrayAction =
  | { readonly do: 'back-up'; readonly planId: string }
  | { readonly do: 'cancel'; readonly jobId: string }
  | { readonly do: 'pause'; readonly for: 'hour' | 'tomorrow' | 'resumed' }
  | { readonly do: 'open'; readonly view: ShellView }
  | { readonly do: 'start-at-login'; readonly on: boolean }
  | { readonly do: 'cancel-all' | 'resume' }
  | { readonly do: 'start-agent' | 'install-update' | 'quit' };

export type MenuEntry =
  | { readonly type: 'separator' }
  /** Only to be read. */
  | { readonly type: 'text'; readonly label: string }
  | { readonly type: 'action'; readonly label: string; readonly action: TrayAction }
  | { readonly type: 'check'; readonly label: string; readonly checked: boolean; readonly action: TrayAction }
  | { readonly type: 'submenu'; readonly label: string; readonly entries: readonly MenuEntry[] };

export interface TrayState {
  readonly view: AgentView;
  readonly startsAtLogin: boolean;
  /** The version that is downloaded and may be installed now. */
  readonly update: string | undefined;
}

const separator: MenuEntry = { type: 'separator' };

export function trayMenu(
  { view, startsAtLogin, update }: TrayState,
  language: Language,
  now: Date,
): readonly MenuEntry[] {
  const { texts } = language;
  const { connection } = view;
  const status = connection.state === 'ready' ? view.status : undefined;
  return [
    { type: 'text', label: labelOf(statusLine(view, language, now)) },
    ...(status === undefined ? [] : agentEntries(status, language, now)),
    separator,
    ...(status === undefined ? [] : [action(texts.restore, { do: 'open', view: { view: 'restore' } })]),
    action(texts.open, { do: 'open', view: { view: 'home' } }),
    ...(connection.state === 'ended' ? [action(texts.startAgent, { do: 'start-agent' })] : []),
    separator,
    {
      type: 'check',
      label: texts.startAtLogin,
      checked: startsAtLogin,
      action: { do: 'start-at-login', on: !startsAtLogin },
    },
    ...(update === undefined ? [] : [action(texts.installUpdate(update), { do: 'install-update' })]),
    action(texts.quit, { do: 'quit' }),
  ];
}

function agentEntries(status: Status, language: Language, now: Date): readonly MenuEntry[] {
  return [
    ...nextRun(status, language, now),
    ...lastProblem(status, language),
    separator,
    ...backUpNow(status, language),
    ...cancel(status, language),
    ...pause(status, language),
  ];
}

function nextRun({ plans }: Status, { locale, texts }: Language, now: Date): readonly MenuEntry[] {
  const [next] = plans
    .flatMap(({ plan, nextRunAt }) => (nextRunAt === undefined ? [] : [{ plan, at: nextRunAt }]))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (next === undefined) return [];
  return [{ type: 'text', label: texts.nextRun(labelOf(next.plan.name), whenText(new Date(next.at), now, locale)) }];
}

function lastProblem({ notices }: Status, { texts }: Language): readonly MenuEntry[] {
  const problem = notices.find(({ level }) => level === 'error') ?? notices.find(({ level }) => level === 'warning');
  if (problem === undefined) return [];
  const label = texts.lastProblem(labelOf(texts.sentence(problem.message)));
  return [action(label, { do: 'open', view: noticeView(problem) })];
}

/** Those that back up already are not offered. */
function backUpNow({ plans }: Status, { texts }: Language): readonly MenuEntry[] {
  const idle = plans.filter(({ state }) => state !== 'running' && state !== 'queued');
  if (idle.length === 0) return [];
  const entries = idle.map(({ plan }) => action(labelOf(plan.name), { do: 'back-up', planId: plan.id }));
  return [{ type: 'submenu', label: texts.backUpNow, entries }];
}

function cancel({ jobs }: Status, language: Language): readonly MenuEntry[] {
  const { texts } = language;
  const entry = (job: Job, label: string): MenuEntry => action(label, { do: 'cancel', jobId: job.id });
  const active = jobs.filter(({ cancelling }) => cancelling !== true);
  const [only] = active;
  if (only === undefined) return [];
  if (active.length === 1) return [entry(only, labelOf(texts.cancelJob(jobLine(only, language))))];
  const entries = active.slice(0, mostJobs).map((job) => entry(job, labelOf(jobLine(job, language))));
  return [
    {
      type: 'submenu',
      label: texts.cancel,
      entries: [...entries, separator, action(texts.cancelAll, { do: 'cancel-all' })],
    },
  ];
}

const mostJobs = 15;

function pause({ plans }: Status, { texts }: Language): readonly MenuEntry[] {
  if (plans.length === 0) return [];
  const choice = (label: string, time: 'hour' | 'tomorrow' | 'resumed') => action(label, { do: 'pause', for: time });
  const entries = [
    choice(texts.pauseHour, 'hour'),
    choice(texts.pauseTomorrow, 'tomorrow'),
    choice(texts.pauseResumed, 'resumed'),
  ];
  const isPaused = plans.some(({ plan }) => plan.paused !== undefined);
  return [
    { type: 'submenu', label: texts.pause, entries },
    ...(isPaused ? [action(texts.resume, { do: 'resume' })] : []),
  ];
}

function action(label: string, what: TrayAction): MenuEntry {
  return { type: 'action', label, action: what };
}

const longestLabel = 60;

/** Names are the user's: one line, not too long, and no "&", which would underline the letter after it. */
function labelOf(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const short = line.length <= longestLabel ? line : `${line.slice(0, longestLabel - 1)}…`;
  return short.replaceAll('&', '&&');
}
