/** Patterns that leave out exactly what somebody pointed at. Pure. */
import type { CallAnswer, CallInput } from '../../data/agent-call.ts';

type Plan = CallAnswer<'plans', 'get'>['plan'];
type PlanBody = CallInput<'plans', 'update'>['body'];

/**
 * A pattern that fits this path and what is below it, and nothing else.
 *
 * A backslash takes the next character as it is, but on Windows, where it separates; a set of one character works on both.
 */
export function patternOf(path: string): string {
  const isWindows = !path.startsWith('/');
  return path.replaceAll(/[*?[\\]/g, (character) => {
    if (character !== '\\') return `[${character}]`;
    return isWindows ? character : '\\\\';
  });
}

/** What a file lies in; undefined where that is everything. */
export function folderOf(path: string): string | undefined {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  const folder = path.slice(0, at);
  return /[/\\]./.test(folder) ? folder : undefined;
}

/** The plan as it is sent to be changed, with that pattern or without it. */
export function withPattern(plan: Plan, pattern: string, excluded: boolean): PlanBody {
  const { id: _id, createdAt: _createdAt, paused: _paused, revision: _revision, ...fields } = plan;
  const others = plan.excludes.patterns.filter((one) => one !== pattern);
  return { ...fields, excludes: { ...plan.excludes, patterns: excluded ? [...others, pattern] : others } };
}
