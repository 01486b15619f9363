import { describe, expect, it } from 'vitest';
import { whenSourcesAreBack } from '../../../../src/agent/flow/when-sources-are-back.ts';
import type { Presence } from '../../../../src/platform/presence.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const minute = 60_000;

function waiting(first: Presence) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const found = { home: 'present' as Presence, usb: first };
  const state = { isBack: false };
  const done = whenSourcesAreBack(['/home', '/usb'], {
    presence: { presence: async (path) => (path === '/usb' ? found.usb : found.home) },
    clock,
    signal: stop.signal,
  }).then(() => {
    state.isBack = true;
  });
  return { clock, stop, found, state, done };
}

describe('waiting for sources', () => {
  it.each(['missing', 'not-mounted'] as const)(
    'one that is %s is back at the next look after it came',
    async (first) => {
      const { clock, found, state } = waiting(first);
      await clock.advance(10 * minute);
      expect(state.isBack).toBe(false);
      found.usb = 'present';
      await clock.advance(minute);
      expect(state.isBack).toBe(true);
    },
  );

  it('all have to be there', async () => {
    const { clock, found, state } = waiting('missing');
    await clock.advance(minute);
    found.home = 'missing';
    found.usb = 'present';
    await clock.advance(10 * minute);
    expect(state.isBack).toBe(false);
  });

  it.each(['present', 'unknown'] as const)(
    'what is %s all the time is tried once an hour, not each minute',
    async (is) => {
      const { clock, state } = waiting(is);
      await clock.advance(59 * minute);
      expect(state.isBack).toBe(false);
      await clock.advance(minute);
      expect(state.isBack).toBe(true);
    },
  );

  it('ends when it is told to', async () => {
    const { clock, stop, done } = waiting('missing');
    await clock.advance(minute);
    stop.abort(new Error('ends'));
    await expect(done).rejects.toThrow('ends');
    expect(clock.sleeping).toBe(0);
  });
});
