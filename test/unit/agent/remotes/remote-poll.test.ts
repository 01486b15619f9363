import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pollDelayMs } from '../../../../src/agent/remotes/poll-times.ts';
import { RemotePoll } from '../../../../src/agent/remotes/remote-poll.ts';
import { RemoteStates } from '../../../../src/agent/remotes/remote-states.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import type { RemoteConfig } from '../../../../src/config/remote.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeRemote } from '../../../support/fake-remote.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { remoteOf } from './remote-for-tests.ts';

const minuteMs = 60_000;
const refused = new HoldfastError('network', 'Nobody listens.');

let folder: TemporaryFolder;
let clock: FakeClock;
let states: RemoteStates;
let remote: FakeRemote;
let poll: RemotePoll;
let configured: RemoteConfig[];
let isReachable: boolean;
const told: string[] = [];
const stepMs = 1_000;
/** Questions whose answers are not kept yet. */
const asked = { open: 0, isHeld: false };
const stop = { now: () => {}, ended: Promise.resolve() };

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new FakeClock();
  states = await RemoteStates.open({ folder: folder.at('remotes'), clock, ids: ['panel'] });
  remote = new FakeRemote();
  configured = [remoteOf()];
  isReachable = true;
  told.length = 0;
  asked.open = 0;
  asked.isHeld = false;
  poll = new RemotePoll({
    clock,
    random: () => 0.5,
    states,
    remotes: () => configured,
    open: async () => {
      asked.open++;
      return remote;
    },
    isReachable: async () => isReachable,
    onAnswer: (_, news) => tell(news.map(({ change, backup }) => `${change} ${backup.id}`).join(', ') || 'same'),
    onFailure: (_, { failure }) => tell(`failed ${failure?.count}`),
    onTrouble: (error) => {
      throw error;
    },
  });
  const ending = new AbortController();
  stop.now = () => ending.abort();
  stop.ended = poll.run(ending.signal);
});
afterEach(async () => {
  stop.now();
  await stop.ended;
  await folder[Symbol.asyncDispose]();
});

/** In steps, and each goes on when what was asked is answered and kept: the clock knows nothing of files. */
async function pass(ms: number): Promise<void> {
  for (let leftMs = ms, isFirst = true; leftMs > 0 || isFirst; leftMs -= stepMs, isFirst = false) {
    await clock.advance(Math.min(stepMs, Math.max(0, leftMs)));
    const untilMs = Date.now() + 5_000;
    while (asked.open > 0 && !asked.isHeld && Date.now() < untilMs) await clock.advance(0);
    await clock.advance(0);
  }
}
function tell(what: string): void {
  asked.open--;
  told.push(what);
}

const lists = () => remote.calls.filter((call) => call === 'list').length;

describe('polling remotes', () => {
  it('asks soon after the start, then every so many minutes', async () => {
    await pass(3_000);
    expect(told).toEqual(['same']);
    await pass(14 * minuteMs);
    expect(lists()).toBe(1);
    remote.put({ id: 'a', state: 'done' });
    await pass(2 * minuteMs);
    expect(told).toEqual(['same', 'new a']);
  });

  it('asks for what goes on there every few seconds, and no more when it is over', async () => {
    remote.put({ id: 'b', state: 'done' });
    remote.put({ id: 'a', state: 'running' });
    await pass(3_000);
    await pass(60_000);
    const quick = remote.calls.filter((call) => call === 'get a').length;
    expect(quick).toBeGreaterThan(10);
    expect(quick).toBeLessThan(35);
    remote.put({ id: 'a', state: 'done' });
    await pass(30_000);
    expect(told.at(-1)).toBe('changed a');
    const after = remote.calls.length;
    await pass(300_000);
    expect(remote.calls).toHaveLength(after);
    expect(lists()).toBe(1);
    await pass(15 * minuteMs);
    expect(lists()).toBe(2);
  });

  it('one that is gone while it was made is found out at once', async () => {
    remote.put({ id: 'a', state: 'running' });
    await pass(3_000);
    remote.drop('a');
    asked.open--; // it opens the remote twice
    await pass(5_000);
    expect(told.at(-1)).toBe('gone a');
    expect(states.get('panel')).not.toHaveProperty('failure');
  });

  it('asks every few seconds for a while after somebody looked', async () => {
    await pass(3_000);
    await pass(60_000);
    expect(lists()).toBe(1);
    poll.lookedAt('panel');
    await pass(10_000);
    expect(lists()).toBeGreaterThan(2);
    await pass(120_000);
    const after = lists();
    await pass(120_000);
    expect(lists()).toBe(after);
  });

  it('waits for a network, and asks when it is back', async () => {
    isReachable = false;
    await pass(5_000);
    expect(remote.calls).toEqual([]);
    isReachable = true;
    poll.lookAgain();
    await pass(0);
    expect(told).toEqual(['same']);
  });

  it('a failed question empties nothing, and is asked again a little later', async () => {
    remote.put({ id: 'a', state: 'done' });
    await pass(3_000);
    remote.fail = refused;
    await pass(15 * minuteMs);
    expect(told).toEqual(['same', 'failed 1']);
    await pass(minuteMs);
    await pass(2 * minuteMs);
    expect(told).toEqual(['same', 'failed 1', 'failed 2', 'failed 3']);
    expect(states.get('panel')).toMatchObject({ backups: [{ id: 'a' }], failure: { count: 3 } });
    remote.fail = undefined;
    await pass(5 * minuteMs);
    expect(told.at(-1)).toBe('same');
    expect(states.get('panel')).not.toHaveProperty('failure');
  });

  it('who asks now gets an answer, or the error', async () => {
    await pass(3_000);
    remote.put({ id: 'a', state: 'done' });
    const signal = AbortSignal.timeout(10_000);
    expect((await poll.refresh(configured[0]!, signal)).backups).toHaveLength(1);
    remote.fail = refused;
    await expect(poll.refresh(configured[0]!, signal)).rejects.toBe(refused);
    expect(states.get('panel').backups).toHaveLength(1);
  });

  it('the answer of a remote that was changed meanwhile is not taken', async () => {
    remote.put({ id: 'a', state: 'done' });
    const answer = remote.holdListings();
    asked.isHeld = true;
    await pass(3_000);
    configured = [remoteOf({ revision: 1 })];
    remote.drop('a');
    remote.put({ id: 'b', state: 'done' });
    asked.open = 0;
    asked.isHeld = false;
    answer();
    await pass(minuteMs);
    expect(told).toEqual(['same']);
    expect(states.get('panel').backups).toMatchObject([{ id: 'b' }]);
  });
});

describe('the time to the next question', () => {
  const delay = (some: Partial<Parameters<typeof pollDelayMs>[0]>) =>
    pollDelayMs({ pollMinutes: 15, quickSinceMs: undefined, failures: 0, random: () => 0.5, ...some });

  it.each([
    ['the usual', {}, 15 * minuteMs],
    ['something began', { quickSinceMs: 0 }, 2_000],
    ['it goes on', { quickSinceMs: 100_000 }, 10_000],
    ['it goes on for long', { quickSinceMs: 3_600_000 }, 30_000],
    ['it hangs', { quickSinceMs: 7 * 3_600_000 }, 15 * minuteMs],
    ['it failed', { failures: 1 }, minuteMs],
    ['it failed often', { failures: 9, quickSinceMs: 0 }, 15 * minuteMs],
    ['it is asked each minute', { pollMinutes: 1, failures: 3 }, minuteMs],
  ] as const)('%s', (_, some, ms) => {
    expect(delay(some)).toBe(ms);
  });

  it('spreads by a tenth', () => {
    expect(delay({ random: () => 0 })).toBe(13.5 * minuteMs);
    expect(delay({ random: () => 0.999_999 })).toBeCloseTo(16.5 * minuteMs, -2);
  });
});
