import { expect, it } from 'vitest';
import { jobIdFactory } from '../../../src/jobs/job-id.ts';
import { FakeClock } from '../../support/fake-clock.ts';

it('sorts as it was made: within a millisecond, later, and after the clock was set back', async () => {
  const clock = new FakeClock();
  const newId = jobIdFactory(clock);
  const ids = [newId(), newId(), newId()];
  await clock.advance(1000);
  ids.push(newId());
  clock.jumpWallClock(-86_400_000);
  ids.push(newId(), newId());
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(6);
});
