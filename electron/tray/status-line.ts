/** How everything stands, in one line, the most pressing first. */
import { type AgentView, type Job, runningJobs, type Status } from '../agent/agent-view.ts';
import type { Language } from '../text/texts.ts';
import { whenText } from '../text/times.ts';

export function statusLine(view: AgentView, { locale, texts }: Language, now: Date): string {
  const { connection, status } = view;
  if (connection.state === 'ended') return texts.ended;
  if (connection.state === 'waiting') return texts.away;
  if (connection.state === 'starting' || status === undefined) return texts.starting;
  const running = runningJobs(view);
  const [first] = running;
  if (first !== undefined)
    return jobLine(first, { locale, texts }) + (running.length > 1 ? ` (+${running.length - 1})` : '');
  if (status.state === 'error') return texts.error(count(status, ['failed'], 'error'));
  if (status.state === 'attention') return texts.attention(count(status, ['held', 'overdue'], 'warning'));
  if (status.state === 'paused') return pausedLine(status, { locale, texts }, now);
  if (status.jobs.length > 0) return texts.queued(status.jobs.length);
  if (status.plans.length === 0) return texts.noPlans;
  const never = status.plans.find(({ lastGoodAt }) => lastGoodAt === undefined);
  return never === undefined ? texts.idle : texts.never(never.plan.name);
}

/** "Backing up Documents 43 %": of a plan, or of a remote. */
export function jobLine({ kind, planName, remoteName, progress }: Job, { locale, texts }: Language): string {
  const name = texts.job(kind, remoteName ?? planName);
  const { bytesDone, bytesTotal = 0 } = progress ?? {};
  if (bytesDone === undefined || bytesTotal <= 0) return name;
  const share = Math.min(1, bytesDone / bytesTotal);
  return `${name} ${new Intl.NumberFormat(locale, { style: 'percent' }).format(share)}`;
}

/** Plans in such a state, and notices about anything else. */
function count({ plans, notices }: Status, states: readonly string[], level: 'warning' | 'error'): number {
  const such = plans.filter(({ state }) => states.includes(state)).map(({ plan }) => plan.id);
  const others = notices.filter((one) => one.level === level && !such.includes(one.planId ?? ''));
  return Math.max(1, such.length + others.length);
}

function pausedLine({ plans }: Status, { locale, texts }: Language, now: Date): string {
  const ends = plans.flatMap(({ plan }) => (plan.paused === undefined ? [] : [plan.paused.until]));
  const times = ends.filter((until) => until !== undefined).toSorted();
  const [first] = times;
  if (first === undefined || times.length < ends.length) return texts.paused;
  return texts.pausedUntil(whenText(new Date(first), now, locale));
}
