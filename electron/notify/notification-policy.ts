/**
 * What is worth a notification: problems, and the end of what the user started and waits for. A backup that went well is not.
 * While the window has the focus it shows all this itself.
 */
import type { ShellSettings, ShellView } from '../../src/control/shell.ts';
import type { Job, Notice } from '../agent/agent-view.ts';
import type { Texts } from '../text/texts.ts';
import { noticeView } from './notice-view.ts';

export interface ShownNotification {
  readonly title: string;
  readonly body: string;
  /** Where a click leads. */
  readonly view: ShellView;
}

export interface NotificationContext {
  readonly wanted: ShellSettings['notifications'];
  readonly windowHasFocus: boolean;
  readonly texts: Texts;
}

/** The agent tells each notice once a day; whatever is only informative stays in the window. */
export function noticeNotification(notice: Notice, context: NotificationContext): ShownNotification | undefined {
  const { level, message, hint } = notice;
  const { texts } = context;
  if (isSilent(context) || level === 'info') return undefined;
  const title = level === 'error' ? texts.problemTitle : texts.attentionTitle;
  const body = [message, hint]
    .filter((said) => said !== undefined)
    .map(texts.sentence)
    .join('\n');
  return { title, body, view: noticeView(notice) };
}

const waitedFor: readonly Job['kind'][] = ['restore', 'download', 'remote-restore'];

/** Of a job that ended just now. */
export function jobNotification(job: Job, context: NotificationContext): ShownNotification | undefined {
  const { kind, state, trigger, input, error, planName, remoteName } = job;
  if (isSilent(context) || trigger !== 'manual' || !waitedFor.includes(kind) || input.dryRun === true) return undefined;
  const view: ShellView = { view: 'jobs', id: job.id };
  const name = remoteName ?? planName ?? '';
  if (state === 'failed') {
    const body = error === undefined ? name : context.texts.sentence(error.message);
    return { title: context.texts.failedTitle(kind), body, view };
  }
  if (state !== 'done' || context.wanted !== 'all') return undefined;
  return { title: context.texts.doneTitle(kind), body: name, view };
}

/** The agent's process ended again and again: shown whatever has the focus, as the window may have lost its content. */
export function agentGoneNotification(
  why: string,
  { wanted, texts }: Pick<NotificationContext, 'wanted' | 'texts'>,
): ShownNotification | undefined {
  if (wanted === 'none') return undefined;
  return { title: texts.agentGoneTitle, body: texts.agentGone(texts.sentence(why)), view: { view: 'home' } };
}

function isSilent({ wanted, windowHasFocus }: NotificationContext): boolean {
  return wanted === 'none' || windowHasFocus;
}
