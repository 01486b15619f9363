/** The remote, and the backup on it, that operands name. */
import type { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';
import type { remoteBackupSchema, remoteStatusSchema } from '../control/schemas/remotes.ts';
import type { AgentClient } from './agent-access.ts';
import { findNamed, type Kind } from './find-named.ts';

/** A remote, and a backup on one, as the agent sends them. */
export type RemoteView = z.output<typeof remoteStatusSchema>;
export type RemoteBackupView = z.output<typeof remoteBackupSchema>;

const remoteKind: Kind = { noun: 'remote', list: 'remote list' };

/** @throws `not-found`, or `invalid-input` when it may be several */
export async function findRemote(client: AgentClient, text: string, signal: AbortSignal): Promise<RemoteView> {
  const views = await client.remotes.list({ signal });
  const named = views.map((view) => ({ id: view.remote.id, name: view.remote.name, view }));
  return findNamed(named, text, remoteKind).view;
}

/**
 * The id of a backup that `text` names: an id as it is, or the start of one that is known, or `latest`, the newest good one.
 *
 * @throws `not-found` for no latest one, `invalid-input` for a start of several
 */
export async function findRemoteBackup(
  client: AgentClient,
  { remote }: RemoteView,
  text: string,
  signal: AbortSignal,
): Promise<string> {
  const { backups } = await client.remotes.backups({ params: { id: remote.id }, query: {}, signal });
  if (text === 'latest') return latestOf(backups, remote.name);
  const found = backups.filter(({ id }) => id === text || (text !== '' && id.startsWith(text)));
  if (found.length > 1 && !found.some(({ id }) => id === text)) {
    throw new HoldfastError('invalid-input', `"${text}" may be ${found.map(({ id }) => id).join(' or ')}.`, {
      hint: 'Give more of the id.',
    });
  }
  // One that is not known yet is the remote's to find.
  return found.length === 1 ? found[0]!.id : text;
}

function latestOf(backups: readonly RemoteBackupView[], name: string): string {
  const done = backups.filter(({ state }) => state === 'done');
  const timeOf = ({ createdAt }: RemoteBackupView): number => (createdAt === undefined ? 0 : Date.parse(createdAt));
  const [latest] = done.toSorted((one, other) => timeOf(other) - timeOf(one));
  if (latest !== undefined) return latest.id;
  throw new HoldfastError('not-found', `No finished backup of "${name}" is known.`, {
    hint: 'holdfast remote backups --refresh asks for them now.',
  });
}
