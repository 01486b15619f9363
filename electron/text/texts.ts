/** What there is to say, in every language alike: a text that is missing in one does not compile. */
import type { Translate } from '../../src/control/sentences/translate.ts';
import type { Job } from '../agent/agent-view.ts';
import { english } from './english.ts';
import { german } from './german.ts';

export type JobKind = Job['kind'];

type Plain =
  | 'starting'
  | 'ended'
  | 'away'
  | 'idle'
  | 'noPlans'
  | 'paused'
  | 'backUpNow'
  | 'cancel'
  | 'cancelAll'
  | 'pause'
  | 'pauseHour'
  | 'pauseTomorrow'
  | 'pauseResumed'
  | 'resume'
  | 'restore'
  | 'open'
  | 'startAgent'
  | 'startAtLogin'
  | 'quit'
  | 'problemTitle'
  | 'attentionTitle'
  | 'agentGoneTitle'
  | 'hiddenTitle'
  | 'hidden'
  | 'quitDetail'
  | 'quitAnyway'
  | 'stay';
type OfText = 'never' | 'pausedUntil' | 'lastGood' | 'cancelJob' | 'lastProblem' | 'installUpdate' | 'agentGone';
type OfCount = 'attention' | 'error' | 'queued' | 'quitQuestion';
type OfKind = 'doneTitle' | 'failedTitle';

export type Texts = Readonly<Record<Plain, string>> &
  Readonly<Record<OfText, (text: string) => string>> &
  Readonly<Record<OfCount, (count: number) => string>> &
  Readonly<Record<OfKind, (kind: JobKind) => string>> & {
    readonly nextRun: (plan: string, time: string) => string;
    /** What the agent says, in this language. */
    readonly sentence: Translate;
    readonly job: (kind: JobKind, name: string | undefined) => string;
  };

/** Texts, and how this language writes times. */
export interface Language {
  readonly locale: string;
  readonly texts: Texts;
}

/** @param locale a BCP 47 tag; English where there is no better one */
export function languageOf(locale: string): Language {
  return { locale: isKnown(locale) ? locale : 'en', texts: /^de\b/i.test(locale) ? german : english };
}

function isKnown(locale: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale).length > 0;
  } catch {
    return false;
  }
}
