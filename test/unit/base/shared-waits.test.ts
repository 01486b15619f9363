import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SharedWaits } from '../../../src/base/shared-waits.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('tells the newest reason to all threads until every call gets on', () => {
  const waits = new SharedWaits();
  const other = new SharedWaits(waits.shared);
  const [first, second] = [waits.call(), other.call()];
  first.failed('The server is off.', 5000);
  second.failed('The network is gone.', 9000);
  expect(waits.now()).toEqual({ reason: 'The network is gone.', seconds: 9 });
  second[Symbol.dispose]();
  expect(waits.now()).toMatchObject({ reason: 'The network is gone.' });
  first[Symbol.dispose]();
  expect(other.now()).toBeUndefined();
});

it('forgets a call of a thread that was ended while it waited', () => {
  const waits = new SharedWaits();
  waits.call().failed('The server is off.', 30_000);
  vi.advanceTimersByTime(60_000);
  expect(waits.now()).toBeDefined();
  vi.advanceTimersByTime(5 * 60_000);
  expect(waits.now()).toBeUndefined();
});
