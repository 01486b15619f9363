/**
 * Restores that a command line did beside the server (`holdfast server restore`): its process may be killed in the middle, and then
 * nobody else says so. Looked at often.
 */
import type { Clock } from '../../base/clock.ts';
import { isMarkAlive } from '../../platform/process-identity.ts';
import type { Catalog } from '../catalog/catalog.ts';

const lookEveryMs = 5000;

/** Those whose process is gone have failed. */
export function endAbandonedRestores({ restores }: Pick<Catalog, 'restores'>, nowMs: number): void {
  for (const { number, process } of restores.openOfProcesses()) {
    if (process === undefined || isMarkAlive(process)) continue;
    const error = 'What restored it was ended from outside: it may be restored or not. Restore it again.';
    restores.update(number, { state: 'failed', error, endedAt: nowMs });
  }
}

export async function watchAbandonedRestores(
  catalog: Pick<Catalog, 'restores'>,
  clock: Clock,
  report: (error: unknown, doing: string) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      endAbandonedRestores(catalog, clock.now().getTime());
    } catch (error) {
      report(error, 'look after restores');
    }
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
  }
}
