/** While a job waits for a store that cannot be reached, its progress says so, and why. */
import type { Clock } from '../../base/clock.ts';
import { lookEveryMs, type Wait, WaitNews } from '../../base/shared-waits.ts';
import type { JobProgress } from '../../jobs/job.ts';

/** Until it is disposed of. */
export function followWaits(
  waitOf: () => Wait | undefined,
  { clock, report }: { readonly clock: Clock; readonly report: (progress: JobProgress) => void },
): Disposable {
  const over = new AbortController();
  const news = new WaitNews();
  const follow = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(lookEveryMs, over.signal);
      const told = news.of(waitOf());
      if (told !== undefined) report({ waiting: told.wait });
    }
  };
  follow().catch(() => undefined); // over
  return { [Symbol.dispose]: () => over.abort() };
}
