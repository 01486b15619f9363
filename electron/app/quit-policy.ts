/** Whether to ask before the shell ends: only when jobs would stop with it. */
import type { AgentView } from '../agent/agent-view.ts';
import type { Texts } from '../text/texts.ts';

/** `session-end`: the user logs out or turns the machine off, which nobody may hold up. */
export type QuitReason = 'user' | 'session-end' | 'update';

export interface QuitQuestion {
  readonly message: string;
  readonly detail: string;
  /** The first one quits. */
  readonly buttons: readonly [string, string];
  /** The one of Enter and Escape: nothing is lost by them. */
  readonly defaultButton: 1;
}

/** Undefined: quit without a question. An agent that ran before the shell goes on after it. */
export function quitQuestion(
  { connection, status }: AgentView,
  reason: QuitReason,
  texts: Texts,
): QuitQuestion | undefined {
  const jobs = status?.jobs.length ?? 0;
  if (reason === 'session-end' || connection.state !== 'ready' || connection.attached || jobs === 0) return undefined;
  return {
    message: texts.quitQuestion(jobs),
    detail: texts.quitDetail,
    buttons: [texts.quitAnyway, texts.stay],
    defaultButton: 1,
  };
}
