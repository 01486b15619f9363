/** A backup of `panel`, as the agent knows backups. */
import type { Checksum, RemoteBackup, RemoteState } from '../../remote.ts';
import { parseIgnored, type WireBackup } from './wire.ts';

export function toBackup({ attributes }: WireBackup): RemoteBackup {
  const {
    uuid,
    name,
    bytes,
    is_locked: locked,
    ignored_files: ignored,
    created_at: created,
    completed_at: completed,
  } = attributes;
  const checksum = checksumOf(attributes.checksum);
  const state = stateOf(attributes);
  const time = (text: string | null | undefined) =>
    text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined;
  const [createdAt, completedAt] = [time(created), time(completed)];
  return {
    id: uuid,
    state,
    ...(name ? { name } : {}),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(completedAt === undefined ? {} : { completedAt }),
    // An unfinished one shows 0.
    ...(typeof bytes === 'number' && (bytes > 0 || state === 'done') ? { sizeBytes: bytes } : {}),
    ...(typeof locked === 'boolean' ? { locked } : {}),
    ...(checksum === undefined ? {} : { checksum }),
    ...(ignored === null || ignored === undefined
      ? {}
      : { ignoredFiles: typeof ignored === 'string' ? parseIgnored(ignored) : ignored }),
  };
}

function stateOf({ completed_at: completed, is_successful: isGood }: WireBackup['attributes']): RemoteState {
  if (completed === null) return 'running';
  if (isGood === true) return 'done';
  return isGood === false && completed !== undefined ? 'failed' : 'unknown';
}

export function checksumOf(text: string | null | undefined): Checksum | undefined {
  const [, algorithm, hex] = /^(sha1|sha256):([0-9a-f]{40}|[0-9a-f]{64})$/i.exec(text ?? '') ?? [];
  const length = { sha1: 40, sha256: 64 }[algorithm?.toLowerCase() ?? ''];
  if (hex === undefined || hex.length !== length) return undefined;
  return { algorithm: algorithm?.toLowerCase() === 'sha1' ? 'sha1' : 'sha256', hex: hex.toLowerCase() };
}
