/** A backup of `fa`, as the agent knows backups. */
import type { RemoteBackup, RemoteState } from '../../remote.ts';
import type { WireBackup } from './wire.ts';

const states: Readonly<Record<string, Exclude<RemoteState, 'expired'>>> = {
  pending: 'queued',
  running: 'running',
  success: 'done',
  done: 'done',
  failed: 'failed',
  cancel: 'cancelled',
};

export function stateOf(status: string): RemoteState {
  return states[status] ?? 'unknown';
}

/** @param since when it was ordered; the remote does not tell */
export function toBackup({ id, path, status, stat, extra }: WireBackup, since: string | undefined): RemoteBackup {
  const state = stateOf(status);
  // Sizes are counted up from 0: before the end that is no size.
  const size = (bytes: number | null | undefined) =>
    typeof bytes === 'number' && (bytes > 0 || state === 'done') ? bytes : undefined;
  const [total, packed] = [size(stat?.total_size), size(stat?.pack_size)];
  return {
    id: String(id),
    state,
    ...(path ? { source: path, name: path } : {}),
    ...(since === undefined ? {} : { createdAt: since }),
    ...(extra ? { error: extra } : {}),
    ...(total === undefined ? {} : { sizeBytes: total }),
    ...(packed === undefined ? {} : { storedBytes: packed }),
  };
}
