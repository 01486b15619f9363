/**
 * A mutex in shared memory, for sections of microseconds (after U. Drepper, "Futexes Are Tricky": 0 free, 1 held, 2 held and
 * somebody waits). Blocks the thread; a thread that is terminated while it holds the lock leaves it held.
 */
const spins = 100;

export function lockWord(words: Int32Array, word: number): void {
  for (let spin = 0; spin < spins; spin++) {
    if (Atomics.compareExchange(words, word, 0, 1) === 0) return;
  }
  while (Atomics.exchange(words, word, 2) !== 0) Atomics.wait(words, word, 2);
}

export function unlockWord(words: Int32Array, word: number): void {
  if (Atomics.exchange(words, word, 0) === 2) Atomics.notify(words, word, 1);
}
