/**
 * Asks each remote for news: every so many minutes, every few seconds while something goes on there or somebody looks.
 *
 *     due ─► is there a network? ─► list ─► what differs is told, and what is known kept
 *              │                └─► or only what goes on there, where nobody looks and the rest is fresh enough
 *              │ no: waits for it       └─► no answer: remembered, asked again a little later
 *
 * Guarantees: one question to a remote at a time, whoever asks; a remote that is slow holds up no other.
 */
import type { Clock } from '../../base/clock.ts';
import { mapBounded } from '../../base/concurrency.ts';
import { isHoldfastError } from '../../base/errors.ts';
import type { RemoteConfig } from '../../config/remote.ts';
import type { Remote, RemoteBackup } from '../../remote/remote.ts';
import { pollDelayMs } from './poll-times.ts';
import type { RemoteNews } from './remote-news.ts';
import type { RemoteKnown, RemoteStates } from './remote-states.ts';

export interface RemotePollOptions {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly states: RemoteStates;
  readonly remotes: () => readonly RemoteConfig[];
  readonly open: (id: string, signal: AbortSignal) => Promise<Remote>;
  /** Whether it makes sense to ask now: there is a network. */
  readonly isReachable: (remote: RemoteConfig, signal: AbortSignal) => Promise<boolean>;
  readonly onAnswer: (remote: RemoteConfig, news: readonly RemoteNews[]) => void;
  readonly onFailure: (remote: RemoteConfig, known: RemoteKnown) => void;
  /** Its state could not be kept, or something of ours is wrong. */
  readonly onTrouble: (error: unknown) => void;
}

interface Polled {
  revision: number;
  /** Monotonic milliseconds; Infinity while it is being asked. */
  nextMs: number;
  /** Since when it is asked often. */
  quickFromMs: number | undefined;
  /** When somebody last looked. */
  lookedMs: number | undefined;
  /** When all of it was last asked for. */
  listedMs: number | undefined;
  isWaiting: boolean;
  looking: Promise<RemoteKnown> | undefined;
}

const firstWithinMs = 3_000;
const longestSleepMs = 60_000;
const waitForNetworkMs = 60_000;
/** So long after the last look of somebody it is asked often. */
const lookLastsMs = 60_000;
const freshMs = 2_000;
/** More are listed. */
const mostOneByOne = 5;
const atOnce = 2;

export class RemotePoll {
  readonly #options: RemotePollOptions;
  readonly #polled = new Map<string, Polled>();
  #nap = new AbortController();

  constructor(options: RemotePollOptions) {
    this.#options = options;
  }

  /** Asks until cancelled, then returns. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, remotes } = this.#options;
    while (!signal.aborted) {
      const nowMs = clock.monotonicMs();
      const all = remotes();
      for (const id of this.#polled.keys()) if (!all.some((remote) => remote.id === id)) this.#polled.delete(id);
      for (const remote of all) {
        const polled = this.#of(remote.id);
        const isAnother = polled.revision !== remote.revision && polled.looking === undefined;
        if (isAnother || polled.nextMs <= nowMs) void this.#pollOne(remote, signal);
      }
      const waits = [...this.#polled.values()].map(({ nextMs }) => nextMs - nowMs);
      this.#nap = new AbortController();
      const until = AbortSignal.any([signal, this.#nap.signal]);
      await clock.sleep(Math.max(0, Math.min(longestSleepMs, ...waits)), until).catch(() => undefined);
    }
    await Promise.allSettled([...this.#polled.values()].map(({ looking }) => looking));
  }

  /** Remotes came, went or changed; the network may be back; something begins there. */
  lookAgain(): void {
    for (const polled of this.#polled.values()) if (polled.isWaiting) polled.nextMs = this.#options.clock.monotonicMs();
    this.#nap.abort();
  }

  /** Asked as soon as can be: it is another one, or something has begun there. */
  soon(id: string): void {
    const polled = this.#of(id);
    polled.quickFromMs = undefined;
    if (polled.looking === undefined) polled.nextMs = this.#options.clock.monotonicMs();
    this.#nap.abort();
  }

  /** Somebody looks at what is known of it: it is kept fresh for a while. */
  lookedAt(id: string): void {
    const { clock, states } = this.#options;
    const polled = this.#of(id);
    const nowMs = clock.monotonicMs();
    const wasLooking = polled.lookedMs !== undefined && nowMs - polled.lookedMs < lookLastsMs;
    polled.lookedMs = nowMs;
    if (wasLooking || polled.looking !== undefined || states.get(id).failure !== undefined) return;
    polled.nextMs = Math.min(polled.nextMs, nowMs + freshMs);
    this.#nap.abort();
  }

  /** Asks now, or waits for the answer that is on its way. @throws the remote's error; what is known stays as it is then */
  async refresh(remote: RemoteConfig, signal: AbortSignal): Promise<RemoteKnown> {
    const polled = this.#of(remote.id);
    for (;;) {
      const underway = polled.looking;
      if (underway === undefined) break;
      await underway.catch(() => undefined);
      signal.throwIfAborted();
    }
    return this.#look(remote, polled, true, signal);
  }

  async #pollOne(remote: RemoteConfig, signal: AbortSignal): Promise<void> {
    const { clock, isReachable, onTrouble } = this.#options;
    const polled = this.#of(remote.id);
    if (polled.looking !== undefined) return;
    polled.revision = remote.revision;
    polled.nextMs = Number.POSITIVE_INFINITY;
    try {
      polled.isWaiting = !(await isReachable(remote, signal));
      if (polled.isWaiting) polled.nextMs = clock.monotonicMs() + waitForNetworkMs;
      else if (polled.looking === undefined) await this.#look(remote, polled, false, signal).catch(() => undefined);
    } catch (error) {
      polled.nextMs = clock.monotonicMs() + waitForNetworkMs;
      if (!signal.aborted) onTrouble(error);
    }
    this.#nap.abort();
  }

  #look(remote: RemoteConfig, polled: Polled, isWhole: boolean, signal: AbortSignal): Promise<RemoteKnown> {
    const looking = this.#ask(remote, polled, isWhole, signal).finally(() => {
      polled.looking = undefined;
      polled.nextMs = this.#options.clock.monotonicMs() + this.#delayMs(remote, polled);
      this.#nap.abort();
    });
    polled.looking = looking;
    return looking;
  }

  async #ask(remote: RemoteConfig, polled: Polled, isWhole: boolean, signal: AbortSignal): Promise<RemoteKnown> {
    const { clock, states, open, onAnswer, onFailure, onTrouble } = this.#options;
    const askedMs = clock.monotonicMs();
    let listed: RemoteBackup[];
    const single = isWhole ? [] : this.#oneByOne(remote, polled);
    try {
      const client = await open(remote.id, signal);
      listed =
        single.length > 0
          ? await mapBounded(single, atOnce, signal, (id) => client.get(id, signal))
          : await Array.fromAsync(client.list({}, signal));
    } catch (error) {
      signal.throwIfAborted();
      // One of them is gone: what there is now, the list says.
      if (single.length > 0 && isHoldfastError(error, 'not-found')) return this.#ask(remote, polled, true, signal);
      if (this.#isKnown(remote)) onFailure(remote, await states.failed(remote.id, error));
      throw error;
    }
    try {
      if (!this.#isKnown(remote)) return states.get(remote.id);
      const news =
        single.length > 0
          ? (await Promise.all(listed.map((backup) => states.seen(remote.id, backup)))).flat()
          : await states.answered(remote.id, listed, askedMs);
      if (single.length === 0) polled.listedMs = askedMs;
      if (news.length > 0) polled.quickFromMs = undefined;
      onAnswer(remote, news);
    } catch (error) {
      onTrouble(error); // what it answered is known all the same
    }
    return states.get(remote.id);
  }

  /** Those that something goes on with, where asking for them is enough. */
  #oneByOne({ id, pollMinutes }: RemoteConfig, { listedMs }: Polled): readonly string[] {
    const { clock, states } = this.#options;
    if (states.get(id).failure !== undefined || listedMs === undefined) return [];
    if (this.#isLookedAt(id) || clock.monotonicMs() - listedMs >= pollMinutes * 60_000) return [];
    const busy = states.busy(id);
    return busy.length > mostOneByOne ? [] : busy;
  }

  #isLookedAt(id: string): boolean {
    const { lookedMs } = this.#of(id);
    return lookedMs !== undefined && this.#options.clock.monotonicMs() - lookedMs < lookLastsMs;
  }

  /** It was removed, or made another one, while it was asked. */
  #isKnown({ id, revision }: RemoteConfig): boolean {
    return this.#options.remotes().some((one) => one.id === id && one.revision === revision);
  }

  #delayMs({ id, pollMinutes }: RemoteConfig, polled: Polled): number {
    const { clock, random, states } = this.#options;
    const nowMs = clock.monotonicMs();
    if (!this.#isLookedAt(id) && states.busy(id).length === 0) polled.quickFromMs = undefined;
    else polled.quickFromMs ??= nowMs;
    return pollDelayMs({
      pollMinutes,
      quickSinceMs: polled.quickFromMs === undefined ? undefined : nowMs - polled.quickFromMs,
      failures: states.get(id).failure?.count ?? 0,
      random,
    });
  }

  #of(id: string): Polled {
    const found = this.#polled.get(id);
    if (found !== undefined) return found;
    const { clock, random } = this.#options;
    const made: Polled = {
      revision: 0,
      nextMs: clock.monotonicMs() + firstWithinMs * random(),
      quickFromMs: undefined,
      lookedMs: undefined,
      listedMs: undefined,
      isWaiting: false,
      looking: undefined,
    };
    this.#polled.set(id, made);
    return made;
  }
}
