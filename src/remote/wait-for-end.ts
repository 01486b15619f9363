/** Following a backup of a remote to its end. */
import type { ConnectOptions } from './connect.ts';
import { poll } from './http/polling.ts';
import type { Remote, RemoteBackup, RemoteState } from './remote.ts';

const goesOn: ReadonlySet<RemoteState> = new Set(['queued', 'running', 'unknown']);

/**
 * Asks until the backup is over, and tells each change of it.
 *
 * @param get undefined while the remote cannot tell
 * @throws what `get` throws
 */
export function waitForEnd(
  get: (signal: AbortSignal) => Promise<RemoteBackup | undefined>,
  { onChange, signal }: Parameters<Remote['wait']>[1],
  options: Pick<ConnectOptions, 'clock' | 'random'>,
): Promise<RemoteBackup> {
  let before = '';
  return poll({
    ...options,
    signal,
    waitingFor: 'the backup to finish',
    until: async (during) => {
      const backup = await get(during);
      if (backup === undefined) return undefined;
      const now = JSON.stringify(backup);
      if (now !== before) onChange?.(backup);
      before = now;
      return goesOn.has(backup.state) ? undefined : backup;
    },
  });
}
