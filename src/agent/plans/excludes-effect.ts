/**
 * What excludes leave out: a walk of the sources that counts, by the rule that does it. No file is opened.
 *
 *   each source: entries that no rule rejects ─► counted as saved; folders ─► onto the stack
 *                entries that a rule rejects  ─► counted for the rule, with everything below
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ByteString, fromUtf8 } from '../../base/byte-string.ts';
import type { Excludes } from '../../config/plan.ts';
import { type ExcludeReason, listNames, readFileStat, type Selector, scanEntries } from '../../source/mod.ts';
import { selectorOf } from './plan-excludes.ts';

export interface ExcludesEffect {
  /** What would be saved. */
  readonly files: number;
  readonly bytes: number;
  /** What is left out, the largest first. */
  readonly excluded: { readonly rule: string; readonly items: number; readonly bytes: number }[];
  /** False where the count was ended early: the sources are huge. */
  readonly complete: boolean;
}

/** A person waits for the answer. */
const longestMs = 20_000;
const breatheEveryMs = 8;

/**
 * @throws `not-found` for a source that is not there; `invalid-input` for a pattern that is none; `signal.reason`
 */
export async function excludesEffect(
  plan: { readonly sources: readonly string[]; readonly excludes: Excludes },
  signal: AbortSignal,
): Promise<ExcludesEffect> {
  const sources = plan.sources.map(fromUtf8);
  const walk = new EffectWalk(selectorOf(plan.excludes)(sources));
  for (const source of sources) walk.addSource(source);
  const startedMs = performance.now();
  let turnMs = startedMs;
  while (walk.step()) {
    const now = performance.now();
    if (now - startedMs > longestMs) return walk.result(false);
    if (now - turnMs < breatheEveryMs) continue;
    await nextTurn();
    signal.throwIfAborted();
    turnMs = performance.now();
  }
  return walk.result(true);
}

interface Task {
  readonly folder: ByteString;
  /** The rule that leaves the folder out; undefined: it is saved. */
  readonly rule: string | undefined;
}

class EffectWalk {
  readonly #selector: Selector;
  readonly #tasks: Task[] = [];
  readonly #byRule = new Map<string, { items: number; bytes: number }>();
  #files = 0;
  #bytes = 0;

  constructor(selector: Selector) {
    this.#selector = selector;
  }

  addSource(path: ByteString): void {
    const stat = readFileStat(path);
    if (stat.kind === 'dir') this.#tasks.push({ folder: path, rule: undefined });
    else this.#count(undefined, stat.size);
  }

  /** Looks at one folder; false when none is left. */
  step(): boolean {
    const task = this.#tasks.pop();
    if (task === undefined) return false;
    let names: readonly ByteString[];
    try {
      names = listNames(task.folder);
    } catch {
      return true; // a backup says so; here it counts for nothing
    }
    const rejected = task.rule === undefined ? this.#selector.rejectDirectory(task.folder, names) : undefined;
    const prefix = task.folder.endsWith('/') ? task.folder : `${task.folder}/`;
    for (const { name, stat } of scanEntries(task.folder, names)) {
      if (stat === undefined) continue;
      const path = prefix + name;
      const rule =
        task.rule ??
        ruleText(rejected?.get(name) ?? this.#selector.rejectName(path) ?? this.#selector.rejectEntry(path, stat));
      if (stat.kind === 'dir') this.#tasks.push({ folder: path, rule });
      else this.#count(rule, stat.kind === 'file' ? stat.size : 0);
    }
    return true;
  }

  result(complete: boolean): ExcludesEffect {
    const excluded = [...this.#byRule].map(([rule, counts]) => ({ rule, ...counts }));
    excluded.sort((a, b) => b.bytes - a.bytes);
    return { files: this.#files, bytes: this.#bytes, excluded, complete };
  }

  #count(rule: string | undefined, bytes: number): void {
    if (rule === undefined) {
      this.#files += 1;
      this.#bytes += bytes;
      return;
    }
    const counts = this.#byRule.get(rule) ?? { items: 0, bytes: 0 };
    this.#byRule.set(rule, counts);
    counts.items += 1;
    counts.bytes += bytes;
  }
}

function ruleText(reason: ExcludeReason | undefined): string | undefined {
  return reason === undefined ? undefined : `${reason.kind}: ${reason.rule}`;
}
