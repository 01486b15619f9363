/**
 * Row 5: a network that cuts, resets, falls silent, crawls and loses answers never makes a failure look like a success, nor a file
 * look lost; a call that is tried again is right in the end; a backup through storms is whole.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Backend, Handle } from '../../src/backend/backend.ts';
import { retrying } from '../../src/backend/decorators/retry.ts';
import { isHoldfastError, messageOf } from '../../src/base/errors.ts';
import { type NetworkStore, optionsOf } from '../support/network-stores.ts';
import { type SeededRandom, seededRandom } from '../support/random.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { type CutHow, type Direction, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { judge, keepCopy } from './judge.ts';
import { type Figure, mustBeZero, spread, type TortureRow } from './row.ts';
import { serversOf } from './stores.ts';

/** Of a file that is uploaded in parts, where the store takes parts: two of them. */
const partsBytes = 20 * 2 ** 20;
interface Times {
  /** Shorter than real ones, for the sake of those who wait. */
  readonly stallMs: number;
  readonly connectMs: number;
  /** A machine that others use as well may be late. */
  readonly lateMs: number;
}

const usualTimes: Times = { stallMs: 1000, connectMs: 2000, lateMs: 1500 };
/** Three disks have to agree there, and a cluster keeps its machine busy. */
const besideCeph: Times = { stallMs: 3000, connectMs: 3000, lateMs: 3000 };
const hangMs = 20_000;
const never = new AbortController().signal;

interface Call {
  readonly what: string;
  run(backend: Backend, signal: AbortSignal): Promise<unknown>;
  /** What is wrong with the outcome. */
  judge(outcome: Outcome): Promise<string | undefined>;
}

interface Outcome {
  /** Undefined where it succeeded. */
  readonly error?: unknown;
  readonly result?: unknown;
  readonly tookMs: number;
}

interface Findings {
  calls: number;
  hits: number;
  stalls: number;
  slowestStallMs: number;
  readonly lateStalls: string[];
  readonly wrong: string[];
  readonly lasting: string[];
}

export const row: TortureRow = {
  row: 5,
  promise: 'Network cut, stall, truncation, lost answer: no false success',
  async run(context) {
    const { short, seed, log } = context;
    const found: Findings = { calls: 0, hits: 0, stalls: 0, slowestStallMs: 0, lateStalls: [], wrong: [], lasting: [] };
    await using shared = await sharedRepository();
    const stores = await serversOf(context);
    const storms: string[] = [];
    const times = context.over.includes('s3') ? besideCeph : usualTimes;
    try {
      const tortured = stores.map(async (store) => {
        const random = seededRandom(`row 5 ${seed} ${store.name}`);
        await using proxy = await startTcpProxy(store.port);
        await store.forge(shared);
        const bed = new TestBed({ store, proxy, random, found, times });
        await bed.fill();
        await bed.cuts(short ? 3 : 60);
        await bed.silences(short ? 1 : 4);
        await bed.crawls();
        log(`${store.name}: ${found.calls} calls so far`);
        for (let round = 0; round < (short ? 1 : 5); round++) storms.push(...(await storm(bed, shared)));
      });
      await Promise.all(tortured);
    } finally {
      for (const store of stores) await store[Symbol.asyncDispose]();
    }
    return [
      { figure: 'stores', value: stores.map(({ name }) => name).join(', '), ok: stores.length > 0 },
      {
        figure: 'calls under faults (faults that struck)',
        value: `${found.calls} (${found.hits})`,
        ok: found.hits > 50,
      },
      mustBeZero('false successes, false losses and dishonest errors', found.wrong),
      mustBeZero('calls that failed although they were tried again', found.lasting),
      {
        figure: `seconds until a stall is noticed, at most, of ${found.stalls}`,
        value: (found.slowestStallMs / 1000).toFixed(1),
        ok: found.stalls > 0,
      } satisfies Figure,
      mustBeZero('stalls that were noticed late', found.lateStalls),
      mustBeZero('backups through storms that failed or were not whole', storms),
    ];
  },
};

class TestBed {
  readonly store: NetworkStore;
  readonly proxy: TcpProxy;
  readonly random: SeededRandom;
  readonly #found: Findings;
  /** Not by way of the proxy. */
  readonly #truth: Backend;
  readonly #times: Times;

  constructor(parts: {
    readonly store: NetworkStore;
    readonly proxy: TcpProxy;
    readonly random: SeededRandom;
    readonly found: Findings;
    readonly times: Times;
  }) {
    this.store = parts.store;
    this.proxy = parts.proxy;
    this.random = parts.random;
    this.#found = parts.found;
    this.#truth = parts.store.truth;
    this.#times = parts.times;
  }

  async fill(): Promise<void> {
    for (let n = 0; n < 200; n++) await this.#put(100);
  }

  /** Every kind of call, cut at bytes all over it, both ways; alone, and tried again. */
  async cuts(places: number): Promise<void> {
    const { partsFromBytes } = this.store;
    const calls: { make: () => Promise<Call>; places: number }[] = [
      () => this.#save(),
      () => this.#read(),
      () => this.#list(),
      () => this.#remove(),
    ].map((make) => ({ make, places }));
    if (partsFromBytes !== undefined)
      calls.push({ make: () => this.#save(partsBytes), places: Math.max(2, Math.ceil(places / 6)) });
    for (const { make, places } of calls) {
      const before = { ...this.proxy.bytes };
      await this.#try(await make(), () => undefined, false);
      const { up, down } = this.proxy.bytes;
      const totals = { up: up - before.up, down: down - before.down };
      for (const direction of ['up', 'down'] as const) {
        const total = totals[direction];
        const offsets = spread(
          Array.from({ length: total }, (_, at) => at),
          places,
        );
        for (const [n, bytes] of offsets.entries()) {
          const how: CutHow = n % 2 === 0 ? 'reset' : 'close';
          const plan = () => this.proxy.cutAfter({ direction, bytes, how });
          for (const again of [false, true])
            await this.#try(await make(), plan, again, `${direction} cut at ${bytes}, ${how}`);
        }
      }
    }
    for (const again of [false, true]) {
      await this.#try(await this.#save(), () => this.proxy.loseAnswer({ afterBytes: 50_000 }), again, 'answer lost');
      await this.#try(await this.#remove(), () => this.proxy.loseAnswer({ afterBytes: 50 }), again, 'answer lost');
    }
  }

  /** Nothing comes any more, from the start, in the middle, or near the end. */
  async silences(places: number): Promise<void> {
    const calls = [() => this.#save(), () => this.#read(), () => this.#list()];
    for (const make of calls) {
      for (const direction of ['up', 'down'] as const) {
        for (let n = 0; n < places; n++) {
          const bytes = this.random.integer(0, direction === 'up' ? 5000 : 2000);
          await this.#stall(await make(), direction, bytes);
        }
      }
    }
  }

  async #stall(call: Call, direction: Direction, bytes: number): Promise<void> {
    const found = this.#found;
    const what = `silence after ${bytes} bytes ${direction}`;
    const hits = this.proxy.hits;
    const { tookMs, error } = await this.#try(
      call,
      () => this.proxy.cutAfter({ direction, bytes, how: 'silence' }),
      false,
      what,
    );
    if (this.proxy.hits === hits) return; // it needed fewer
    found.stalls++;
    found.slowestStallMs = Math.max(found.slowestStallMs, tookMs);
    const { stallMs, connectMs, lateMs } = this.#times;
    if (tookMs > Math.max(stallMs, connectMs) + lateMs) {
      found.lateStalls.push(`${this.store.name}: ${call.what}, ${what}: ${tookMs.toFixed(0)} ms`);
    }
    if (error === undefined) found.wrong.push(`${this.store.name}: ${call.what} succeeded in spite of ${what}`);
  }

  /** One byte a second: no failure, but it can be cancelled. */
  async crawls(): Promise<void> {
    const call = await this.#read();
    await using backend = this.store.open(this.proxy.port, this.#times);
    await backend.stat({ type: 'config', name: 'config' }, never);
    this.proxy.set({ downRate: 1 });
    const control = new AbortController();
    const reason = new Error('enough');
    const cancelled = setTimeout(() => control.abort(reason), 500);
    const outcome = await outcomeOf(call.run(backend, control.signal));
    clearTimeout(cancelled);
    this.proxy.set({});
    this.#found.calls++;
    if (outcome.error === reason && outcome.tookMs < this.#times.lateMs) return;
    this.#found.wrong.push(`${this.store.name}: a read at 1 B/s, cancelled: ${describe(outcome)}`);
  }

  /** @param again with the retry decorator, so that it has to succeed */
  async #try(call: Call, plan: () => void, again: boolean, fault = 'nothing'): Promise<Outcome> {
    const found = this.#found;
    const { proxy, store } = this;
    const bare = store.open(proxy.port, this.#times);
    await using backend = again
      ? retrying(bare, { random: () => this.random.next() / 5, firstDeadlineMs: 60_000 })
      : bare;
    const hits = proxy.hits;
    plan();
    const outcome = await outcomeOf(call.run(backend, never));
    proxy.clear();
    found.calls++;
    found.hits += proxy.hits - hits;
    const about = `${store.name}: ${call.what} (${again ? 'tried again, ' : ''}${fault}): ${describe(outcome)}`;
    const wrong = await call.judge(outcome);
    if (wrong !== undefined) found.wrong.push(`${about}: ${wrong}`);
    if (outcome.error !== undefined && (again || fault === 'nothing')) found.lasting.push(about);
    return outcome;
  }

  async #save(size = 200_000): Promise<Call> {
    const bytes = this.random.bytes(size);
    const handle = named(bytes);
    return {
      what: `save ${size} bytes`,
      run: (backend, signal) => backend.save(handle, bytes, signal),
      judge: async ({ error }) => {
        const there = await this.#truth.read(handle, never).catch(() => undefined);
        const isWhole = there !== undefined && Buffer.compare(there, bytes) === 0;
        if (isWhole && size === partsBytes) await this.#truth.remove(handle, never); // the disks are small
        if (error === undefined) return isWhole ? undefined : 'it is not there';
        if (there !== undefined && !isWhole && !this.store.showsUnfinished) return 'a part of it is there';
        if (there !== undefined && !isWhole) await this.#truth.remove(handle, never);
        return dishonest(error);
      },
    };
  }

  async #read(): Promise<Call> {
    const { handle, bytes } = await this.#put(200_000);
    return {
      what: 'read',
      run: (backend, signal) => backend.read(handle, signal),
      judge: async ({ error, result }) => {
        if (error !== undefined) return dishonest(error);
        return Buffer.compare(result as Uint8Array, bytes) === 0 ? undefined : 'other bytes came';
      },
    };
  }

  async #list(): Promise<Call> {
    return {
      what: 'list',
      run: (backend, signal) => Array.fromAsync(backend.list('data', signal)),
      judge: async ({ error, result }) => {
        if (error !== undefined) return dishonest(error);
        const names = new Set((result as { name: string }[]).map(({ name }) => name));
        const truth = await Array.fromAsync(this.#truth.list('data', never));
        const missing = truth.filter(({ name }) => !names.has(name)).length;
        return missing === 0 && names.size === truth.length ? undefined : `${missing} of ${truth.length} are missing`;
      },
    };
  }

  async #remove(): Promise<Call> {
    const { handle } = await this.#put(10);
    return {
      what: 'remove',
      run: (backend, signal) => backend.remove(handle, signal),
      judge: async ({ error }) => {
        if (error !== undefined) return dishonest(error);
        const isThere = await this.#truth.stat(handle, never).then(
          () => true,
          () => false,
        );
        return isThere ? 'it is still there' : undefined;
      },
    };
  }

  async #put(size: number): Promise<{ handle: Handle; bytes: Uint8Array }> {
    const bytes = this.random.bytes(size);
    const handle = named(bytes);
    await this.#truth.save(handle, bytes, never);
    return { handle, bytes };
  }
}

/** A backup by the command line, cut again and again on its way. */
async function storm({ store, proxy, random }: TestBed, shared: SharedRepository): Promise<string[]> {
  const source = shared.folder.at('sources', store.name.replace(/\W+/g, '-'));
  mkdirSync(source, { recursive: true });
  for (let n = 0; n < 30; n++)
    writeFileSync(`${source}/${random.integer(0, 60)}`, random.bytes(random.integer(0, 200_000)));
  const copy = keepCopy(shared, source);
  for (const direction of ['up', 'down'] as const) {
    const bytes = direction === 'up' ? random.integer(100_000, 400_000) : random.integer(1000, 5000);
    proxy.cutAfter({ direction, bytes, how: random.pick(['close', 'reset']), times: 4 });
  }
  const restic = store.restic(shared);
  const before = new Set(await restic.list('snapshots'));
  const run = await shared.holdfast.run(['backup', source, ...optionsOf(store.place(proxy.port)), '--no-cache']);
  proxy.clear();
  if (run.code !== 0) return [`${store.name}: exit code ${run.code}: ${run.stderr.slice(-500)}`];
  const made = (await restic.list('snapshots')).filter((id) => !before.has(id));
  if (made.length !== 1) return [`${store.name}: ${made.length} snapshots were made`];
  const wrong = await judge({ restic, folder: shared.folder }, [{ id: made[0]!, source, copy }]);
  return wrong.map((text) => `${store.name}: ${text}`);
}

/** One that does not end is told of, and given up. */
async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  const from = performance.now();
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => timer.reject(new Error('it hangs')), hangMs);
  return await Promise.race([work, timer.promise])
    .finally(() => clearTimeout(timeout))
    .then(
      (result) => ({ result, tookMs: performance.now() - from }),
      (error: unknown) => ({ error, tookMs: performance.now() - from }),
    );
}

/** A network's fault says that trying again may help; it is never "there is no such file". */
function dishonest(error: unknown): string | undefined {
  const isHonest = isHoldfastError(error, 'network', 'timeout') && error.retry === 'backoff';
  return isHonest ? undefined : 'not an error of the network';
}

function describe({ error, tookMs }: Outcome): string {
  const code = isHoldfastError(error) ? `${error.code}, ${error.retry}: ` : '';
  return `${error === undefined ? 'done' : `${code}${messageOf(error)}`} (${tookMs.toFixed(0)} ms)`;
}

function named(bytes: Uint8Array): Handle {
  return { type: 'data', name: createHash('sha256').update(bytes).digest('hex') };
}
