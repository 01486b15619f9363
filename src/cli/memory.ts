/**
 * Keeps the memory of a command small: the main thread makes much garbage that dies at once, for which V8 would let its
 * young generation grow to over 100 MB. It is stopped at a size where collecting costs little more than it does there.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const youngBytes = 6 * 1024 * 1024;
const lookEveryMs = 20;

/** The flag is read whenever V8 wants to grow the space, so it can be set late. */
export function keepMemorySmall(): void {
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
    if (young === undefined || young.space_size < youngBytes) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(timer);
  }, lookEveryMs);
  timer.unref();
}
