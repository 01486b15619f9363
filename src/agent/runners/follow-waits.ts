/** While a job waits for a store that cannot be reached, its progress says so, and why. */
import type { Clock } from '../../base/clock.ts';
import type { Wait } from '../../base/shared-waits.ts';
import type { JobProgress } from '../../jobs/job.ts';

const lookEveryMs = 1000;

/** Until it is disposed of. What is waited for so short a time that one look alone sees it is not worth a word. */
export function followWaits(
  waitOf: () => Wait | undefined,
  { clock, report }: { readonly clock: Clock; readonly report: (progress: JobProgress) => void },
): Disposable {
  const over = new AbortController();
  const follow = async (): Promise<void> => {
    for (let looks = 0; ; ) {
      await clock.sleep(lookEveryMs, over.signal);
      const waiting = waitOf();
      if (waiting !== undefined && looks > 0) report({ waiting });
      else if (waiting === undefined && looks > 1) report({ waiting: undefined });
      looks = waiting === undefined ? 0 : looks + 1;
    }
  };
  follow().catch(() => undefined); // over
  return { [Symbol.dispose]: () => over.abort() };
}
