/** What the tray says under the pointer: how it stands, and how old the oldest of the newest good backups is. */
import type { AgentView } from '../agent/agent-view.ts';
import type { Language } from '../text/texts.ts';
import { agoText } from '../text/times.ts';
import { statusLine } from './status-line.ts';

/** Windows shows no more (NOTIFYICONDATA, szTip: 128 with the end). */
const longest = 127;

export function tooltip(view: AgentView, language: Language, now: Date): string {
  const lines = [`Holdfast: ${statusLine(view, language, now)}`, lastGood(view, language, now)];
  const text = lines.filter((line) => line !== undefined).join('\n');
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** Of all plans the one that is worst off: a fresh backup of another plan is no comfort. */
function lastGood({ status }: AgentView, { locale, texts }: Language, now: Date): string | undefined {
  const times = (status?.plans ?? []).flatMap(({ lastGoodAt }) => lastGoodAt ?? []).toSorted();
  const [oldest] = times;
  return oldest === undefined ? undefined : texts.lastGood(agoText(new Date(oldest), now, locale));
}
