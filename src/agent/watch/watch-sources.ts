/**
 * Keeps a watch on the sources of a continuous plan, whatever happens to it.
 *
 *   loop
 *     choose a watcher for the sources as they are, start it
 *     ready → everything has to be looked at once: nobody knows what happened before
 *     it hands changed folders to the collector, which hands them on when they are quiet
 *     it may have lost events, or a source was replaced → everything has to be looked at; start anew
 *     no more watches → say so; look at everything every `scanEveryMs`, and try again each time
 *   every `safetyScanEveryMs` everything is looked at anyhow, for what no watcher sees (folder-watcher.ts)
 */
import type { ByteString } from '../../base/byte-string.ts';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Selector } from '../../source/mod.ts';
import { ChangeCollector } from './change-collector.ts';
import type { FullScanReason, WatchedChanges } from './changes.ts';
import { startChokidar } from './chokidar-watcher.ts';
import { chooseWatcher, type WatcherKind } from './choose-watcher.ts';
import { type FolderWatcher, type WatcherOptions, WatchLimitError } from './folder-watcher.ts';
import { startLeanWatcher } from './lean-watcher.ts';
import { startNativeWatcher } from './native-watcher.ts';
import { guardSources } from './source-guard.ts';
import { WatchRules } from './watch-rules.ts';

export interface WatchSourcesOptions {
  /** Absolute, without a slash at the end. They need not be there (yet). */
  readonly sources: readonly ByteString[];
  /** Makes the rules of what is left out; called anew when a file changed that they are in. */
  readonly selector: (sources: readonly ByteString[]) => Selector;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Changes are handed on when there were none for so long … */
  readonly quietMs: number;
  /** … and at least so often while there are. */
  readonly atLeastEveryMs: number;
  /** Where the system gives no watches: how often everything is looked at. */
  readonly scanEveryMs?: number;
  /** How often everything is looked at in any case. */
  readonly safetyScanEveryMs?: number;
  /** Every change from now on is seen. Called again after each new start. */
  readonly onReady: (state: WatchState) => void;
  /** Not called for changes in what is left out. The first ones are always everything (`start`). */
  readonly onChange: (changes: WatchedChanges) => void;
  readonly onNotice: (notice: WatchNotice) => void;
  /** Starts a watcher of a kind; the real ones, unless given. */
  readonly startWatcher?: StartKind;
}

export interface WatchState {
  readonly kind: WatcherKind;
  /** How many folders are watched, where that is known. */
  readonly folders: number | undefined;
}

/** Something that the user should know. */
export interface WatchNotice {
  readonly code: 'watch-limit' | 'watch-failed' | 'watching-again';
  /** A sentence for the user. */
  readonly message: string;
  readonly hint?: string;
}

export type StartKind = (
  kind: WatcherKind,
  options: WatcherOptions & { readonly cannotFollow: () => void },
) => Promise<FolderWatcher>;

export interface SourceWatch {
  /** Asks for a look at everything, for a reason that the watch cannot see itself. */
  readonly everythingChanged: (reason: FullScanReason) => void;
  /** Resolves when the watch has ended, after the signal was aborted, and everything is closed. */
  readonly ended: Promise<void>;
}

const minuteMs = 60_000;
const defaultScanEveryMs = 15 * minuteMs;
const defaultSafetyScanEveryMs = 24 * 60 * minuteMs;
/** What made a new start necessary often comes in crowds. */
export const restartAfterMs = 1000;

/** Begins to watch at once. Never throws: trouble is told by `onNotice`, and watched again. */
export function watchSources(options: WatchSourcesOptions): SourceWatch {
  const { clock, signal } = options;
  const collector = new ChangeCollector(options);
  const ended = Promise.all([
    untilAborted(signal, () => new WatchLoop(options, collector).run()),
    untilAborted(signal, async () => {
      for (;;) {
        await clock.sleep(options.safetyScanEveryMs ?? defaultSafetyScanEveryMs, signal);
        collector.everythingChanged('periodic');
      }
    }),
  ]);
  return { everythingChanged: (reason) => collector.everythingChanged(reason), ended: ended.then(() => undefined) };
}

class WatchLoop {
  readonly #options: WatchSourcesOptions;
  readonly #collector: ChangeCollector;
  /** Once something came up that chokidar cannot follow. */
  #withoutChokidar = false;
  #troubled = false;

  constructor(options: WatchSourcesOptions, collector: ChangeCollector) {
    this.#options = options;
    this.#collector = collector;
  }

  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    for (let reason: FullScanReason = 'start'; ; ) {
      try {
        reason = await this.#watch(reason);
        await clock.sleep(restartAfterMs, signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#tell(error);
        reason = error instanceof WatchLimitError ? 'watch-limit' : 'watch-failed';
        this.#collector.everythingChanged(reason);
        await this.#scanTime();
      }
    }
  }

  /** Until everything is to be looked at again where nothing is watched; earlier where a source comes back. */
  async #scanTime(): Promise<void> {
    const { sources, clock, signal, scanEveryMs = defaultScanEveryMs } = this.#options;
    const end = new AbortController();
    const until = AbortSignal.any([signal, end.signal]);
    const guard = guardSources({ sources, clock, signal: until, onTrouble: () => end.abort() });
    try {
      await clock.sleep(scanEveryMs, until);
    } catch (error) {
      signal.throwIfAborted();
      if (!end.signal.aborted) throw error;
    } finally {
      end.abort();
      await guard;
    }
  }

  /** Watches until a new start is needed, and says why. */
  async #watch(because: FullScanReason): Promise<FullScanReason> {
    const { sources, selector, clock, signal, onReady, startWatcher = startKind } = this.#options;
    const { promise: lost, resolve, reject } = Promise.withResolvers<FullScanReason>();
    lost.catch(() => undefined); // it may fail before it is waited for
    const end = new AbortController();
    const until = AbortSignal.any([signal, end.signal]);
    const rules = new WatchRules(selector(sources), sources);
    const chosen = chooseWatcher(sources, rules);
    const kind = chosen === 'chokidar' && this.#withoutChokidar ? 'lean' : chosen;
    const guard = guardSources({ sources, clock, signal: until, onTrouble: resolve });
    try {
      await using watcher = await startWatcher(kind, {
        sources,
        rules,
        signal,
        cannotFollow: () => {
          this.#withoutChokidar = true;
          resolve('start');
        },
        events: {
          folderChanged: (folder) => this.#collector.folderChanged(folder),
          subtreeChanged: (folder) => this.#collector.subtreeChanged(folder),
          lost: (reason, cause) => {
            this.#collector.everythingChanged(reason);
            if (reason === 'watch-limit' || reason === 'watch-failed') reject(cause);
            else resolve(reason);
          },
        },
      });
      this.#calm(kind);
      onReady({ kind, folders: watcher.folders });
      this.#collector.everythingChanged(because);
      const reason = await orAborted(lost, signal);
      this.#collector.everythingChanged(reason);
      return reason;
    } finally {
      end.abort();
      await guard;
    }
  }

  #tell(error: unknown): void {
    if (this.#troubled) return;
    this.#troubled = true;
    const minutes = Math.round((this.#options.scanEveryMs ?? defaultScanEveryMs) / minuteMs);
    const instead = `All files are looked at every ${minutes} minutes instead.`;
    if (error instanceof WatchLimitError) {
      this.#options.onNotice({
        code: 'watch-limit',
        message: `The system watches no more than ${error.folders} folders for this plan. ${instead}`,
        hint: 'Raise fs.inotify.max_user_watches (sysctl), or leave folders out that need no backup.',
      });
    } else {
      this.#options.onNotice({
        code: 'watch-failed',
        message: `The folders cannot be watched: ${messageOf(error)}. ${instead}`,
      });
    }
  }

  #calm(kind: WatcherKind): void {
    if (!this.#troubled) return;
    this.#troubled = false;
    this.#options.onNotice({ code: 'watching-again', message: `The folders are watched again (${kind}).` });
  }
}

const startKind: StartKind = (kind, options) => {
  switch (kind) {
    case 'chokidar':
      return startChokidar(options);
    case 'lean':
      return startLeanWatcher(options);
    case 'native':
      return startNativeWatcher(options);
  }
};

async function untilAborted(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The result of `work`, or the signal's reason as soon as that is aborted. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
