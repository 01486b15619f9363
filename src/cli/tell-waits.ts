/** Says on standard error that the program waits for a store, why, and when it goes on. */
import { SharedWaits } from '../base/shared-waits.ts';
import type { Output } from './output.ts';

const lookEveryMs = 1000;

/** What is waited for so short a time that one look alone sees it is not worth a word. For the time of the process. */
export function tellWaits(output: Output): SharedArrayBuffer {
  const waits = new SharedWaits();
  let looks = 0;
  const look = (): void => {
    const wait = waits.now();
    if (wait !== undefined) looks += 1;
    if (wait !== undefined && looks === 2) {
      output.warn(`Waiting for the network: ${wait.reason} Next try in ${wait.seconds} s.`);
    }
    if (wait === undefined && looks > 1) output.warn('The network is back.');
    if (wait === undefined) looks = 0;
  };
  if (output.verbosity >= 1 && !output.json) setInterval(look, lookEveryMs).unref();
  return waits.shared;
}
