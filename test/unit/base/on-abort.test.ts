import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onAbort } from '../../../src/base/on-abort.ts';

describe('onAbort', () => {
  it('hears of it once, also when it has happened already', () => {
    const stop = new AbortController();
    let heard = 0;
    using _ = onAbort(stop.signal, () => heard++);
    stop.abort();
    expect(heard).toBe(1);
    using _again = onAbort(stop.signal, () => heard++);
    expect(heard).toBe(2);
  });

  it('leaves no listener behind', () => {
    const stop = new AbortController();
    {
      using _ = onAbort(stop.signal, () => {
        throw new Error('it was disposed of');
      });
      expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
    }
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    stop.abort();
  });
});
