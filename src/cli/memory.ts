/**
 * Keeps the memory of a command small. The engine makes much garbage that dies at once; left alone, V8 lets the young
 * generation grow to over 100 MB, and every thread's heap to twice of what it needs. Both are stopped where collecting more
 * often costs about 1 % of processor time (measured on a first backup of 170,000 files: 275 → 225 MB).
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const youngBytes = 6 * 1024 * 1024;
const lookEveryMs = 20;

/** V8 reads these flags whenever it wants to grow a space, so they can be set late; they count for all threads. */
export function keepMemorySmall(): void {
  setFlagsFromString('--heap-growing-percent=40');
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
    if (young === undefined || young.space_size < youngBytes) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(timer);
  }, lookEveryMs);
  timer.unref();
}
