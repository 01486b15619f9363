import { describe, expect, it } from 'vitest';
import { followWaits } from '../../../../src/agent/runners/follow-waits.ts';
import { SharedWaits } from '../../../../src/base/shared-waits.ts';
import type { JobProgress } from '../../../../src/jobs/job.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function followed() {
  const clock = new FakeClock();
  const waits = new SharedWaits();
  const told: (string | undefined)[] = [];
  const report = ({ waiting }: JobProgress): void => void told.push(waiting?.reason);
  const following = followWaits(() => waits.now(), { clock, report });
  return { clock, waits, told, following };
}

describe('a job that waits for a store', () => {
  it('says why while it does, and no more when it goes on', async () => {
    const { clock, waits, told, following } = followed();
    using _ = following;
    await clock.advance(3000);
    expect(told).toEqual([]);
    const call = waits.call();
    call.failed('The NAS does not answer.', 10_000);
    await clock.advance(3000);
    expect(told).toEqual(['The NAS does not answer.', 'The NAS does not answer.']);
    call[Symbol.dispose]();
    await clock.advance(3000);
    expect(told.slice(2)).toEqual([undefined]);
  });

  it('says nothing of what is over at once', async () => {
    const { clock, waits, told, following } = followed();
    using _ = following;
    const call = waits.call();
    call.failed('The NAS does not answer.', 500);
    await clock.advance(1000);
    call[Symbol.dispose]();
    await clock.advance(3000);
    expect(told).toEqual([]);
  });

  it('says nothing once the job is over', async () => {
    const { clock, waits, told, following } = followed();
    waits.call().failed('The NAS does not answer.', 10_000);
    following[Symbol.dispose]();
    await clock.advance(5000);
    expect(told).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });
});
