/** Says on standard error that the program waits for a store, why, and when it goes on. */
import { lookEveryMs, SharedWaits, WaitNews } from '../base/shared-waits.ts';
import type { Output } from './output.ts';

/** For the time of the process. */
export function tellWaits(output: Output): SharedArrayBuffer {
  const waits = new SharedWaits();
  const news = new WaitNews();
  const look = (): void => {
    const { wait, isNew } = news.of(waits.now()) ?? { isNew: false };
    if (!isNew) return;
    if (wait === undefined) output.warn('The network is back.');
    else output.warn(`Waiting for the network: ${wait.reason} Next try in ${wait.seconds} s.`);
  };
  if (output.verbosity >= 1 && !output.json) setInterval(look, lookEveryMs).unref();
  return waits.shared;
}
