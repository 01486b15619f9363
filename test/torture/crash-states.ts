/**
 * What a disk may hold after a power cut: from a trace of system calls, the states that a file system may legally be in.
 *
 * The model is a harsh one: a change of a directory (a name linked, renamed or removed) is certain only after an fsync of
 * that directory, a file's bytes only after an fsync of that file; until then each may have reached the disk or not, in
 * any combination. Contents come from the file as it ended up, since repository files never change.
 */
import { copyFileSync, linkSync, mkdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SeededRandom } from '../support/random.ts';

export interface TraceEvent {
  readonly kind: 'data-synced' | 'written' | 'added' | 'removed' | 'folder-synced';
  /** Absolute path; of the folder for `folder-synced`. */
  readonly path: string;
  /** For `added`: the name that it had before. */
  readonly from?: string;
}

/** Reads a trace of `strace -f -y` (system calls that ran into others are put together first). */
export function parseTrace(text: string): TraceEvent[] {
  const events: TraceEvent[] = [];
  const unfinished = new Map<string, string>();
  for (const raw of text.split('\n')) {
    const split = /^(\d+)\s+(.*)$/.exec(raw);
    if (split === null) continue;
    const [, pid = '', rest = ''] = split;
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(pid, rest.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const line = resumed === null ? rest : (unfinished.get(pid) ?? '') + resumed[1];
    const event = parseCall(line);
    if (event !== undefined) events.push(event);
  }
  return events;
}

function parseCall(line: string): TraceEvent | undefined {
  if (/ = -1 /.test(line)) return undefined;
  const name = /^(\w+)\(/.exec(line)?.[1] ?? '';
  const descriptor = /^\w+\(\d+<([^>]*)>/.exec(line)?.[1];
  if ((name === 'fsync' || name === 'fdatasync') && descriptor !== undefined) {
    return { kind: isFolder(descriptor) ? 'folder-synced' : 'data-synced', path: descriptor };
  }
  if (['write', 'pwrite64', 'pwritev', 'writev', 'ftruncate'].includes(name) && descriptor?.startsWith('/')) {
    return { kind: 'written', path: descriptor };
  }
  const names = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? '');
  if (/^(link|linkat|rename|renameat|renameat2)$/.test(name) && names[0] !== undefined && names[1] !== undefined) {
    return { kind: 'added', path: names[1], from: names[0] };
  }
  if (/^(unlink|unlinkat)$/.test(name) && names[0] !== undefined) return { kind: 'removed', path: names[0] };
  return undefined;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** One published or removed name, and from when on the disk is sure to know. */
interface Change {
  readonly kind: 'added' | 'removed';
  readonly path: string;
  readonly at: number;
  /** Index of the event that makes the name certain; Infinity if none. */
  readonly nameCertainAt: number;
  /** Were the bytes synced before the name was given? */
  readonly dataSynced: boolean;
}

/** The changes of names below a repository, each with what made it certain. */
export function changesOf(events: readonly TraceEvent[], repository: string): Change[] {
  const synced = new Set<string>();
  const changes: Change[] = [];
  for (const [at, event] of events.entries()) {
    if (event.kind === 'data-synced') synced.add(event.path);
    if (event.kind === 'written') synced.delete(event.path);
    if ((event.kind !== 'added' && event.kind !== 'removed') || !event.path.startsWith(`${repository}/`)) continue;
    if (!/\/(config|[0-9a-f]{64})$/.test(event.path) || event.path.includes('/locks/')) continue;
    const sync = events.findIndex(
      (later, index) => index > at && later.kind === 'folder-synced' && later.path === dirname(event.path),
    );
    changes.push({
      kind: event.kind,
      path: event.path,
      at,
      nameCertainAt: sync === -1 ? Number.POSITIVE_INFINITY : sync,
      dataSynced: event.kind === 'removed' || synced.has(event.from ?? event.path),
    });
  }
  return changes;
}

export type Luck = 'worst' | 'best' | SeededRandom;

/** Which changes the disk holds if the power goes after event `at`; `torn` are names whose bytes did not make it. */
export function stateAt(
  changes: readonly Change[],
  at: number,
  luck: Luck,
): { readonly added: string[]; readonly removed: string[]; readonly torn: string[] } {
  const happened = (chance: boolean): boolean => (luck === 'worst' ? false : luck === 'best' ? true : chance);
  const state = { added: [] as string[], removed: [] as string[], torn: [] as string[] };
  for (const change of changes) {
    if (change.at > at) break;
    const chance = luck === 'worst' || luck === 'best' ? true : luck.chance(0.5);
    if (change.nameCertainAt > at && !happened(chance)) continue;
    state[change.kind].push(change.path);
    if (!change.dataSynced && luck !== 'best') state.torn.push(change.path);
  }
  return state;
}

/** Makes that state at `target`: the repository before, plus and minus what reached the disk. */
export function buildState(
  places: { readonly before: string; readonly after: string; readonly repository: string; readonly target: string },
  state: ReturnType<typeof stateAt>,
): void {
  const inTarget = (path: string): string => join(places.target, path.slice(places.repository.length));
  for (const path of state.added) {
    const kept = join(places.after, path.slice(places.repository.length));
    const target = inTarget(path);
    mkdirSync(dirname(target), { recursive: true });
    rmSync(target, { force: true });
    if (state.torn.includes(path)) {
      copyFileSync(kept, target);
      truncateSync(target, Math.floor(statSync(kept).size / 2));
    } else linkSync(kept, target);
  }
  for (const path of state.removed) rmSync(inTarget(path), { force: true });
}
