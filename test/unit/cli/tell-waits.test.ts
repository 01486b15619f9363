import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SharedWaits } from '../../../src/base/shared-waits.ts';
import { Output } from '../../../src/cli/output.ts';
import { tellWaits } from '../../../src/cli/tell-waits.ts';

const said: string[] = [];
beforeEach(() => {
  said.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function watched(options: { readonly json?: boolean; readonly verbosity?: number } = {}): SharedWaits {
  const output = new Output({ json: false, verbosity: 1, debug: false, ...options });
  vi.spyOn(output, 'warn').mockImplementation((text) => void said.push(text));
  return new SharedWaits(tellWaits(output));
}

it('says once why nothing goes on, and that it does again', () => {
  const waits = watched();
  const call = waits.call();
  call.failed('The server is off.', 9000);
  vi.advanceTimersByTime(1000);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(5000);
  expect(said).toEqual(['Waiting for the network: The server is off. Next try in 7 s.']);
  call[Symbol.dispose]();
  vi.advanceTimersByTime(5000);
  expect(said.slice(1)).toEqual(['The network is back.']);
});

it('says nothing of what is over at once, with --quiet, and with --json', () => {
  const short = watched().call();
  short.failed('Busy.', 100);
  vi.advanceTimersByTime(1000);
  short[Symbol.dispose]();
  for (const options of [{ json: true }, { verbosity: 0 }]) watched(options).call().failed('Off.', 9000);
  vi.advanceTimersByTime(5000);
  expect(said).toEqual([]);
});
