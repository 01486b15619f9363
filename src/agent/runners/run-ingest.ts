/**
 * Takes a backup on a remote into a repository, as a snapshot.
 *
 *     is it there already? ─► skip
 *     download into a folder of this user's alone ─► read in, as a snapshot with its tags ─► the download is removed
 *
 * Guarantees: no backup is taken in twice, also after a kill at any point; the download does not stay, unless the agent ends in the
 * middle: then the next start goes on with it.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ingestArchive } from '../../backup/mod.ts';
import type { JobResult } from '../../jobs/job.ts';
import { programVersion } from '../../platform/program-version.ts';
import type { RemoteBackup } from '../../remote/remote.ts';
import { listSnapshots, type Repository, removeAbandonedLocks } from '../../repository/mod.ts';
import { scratchOf } from '../remotes/ingest-scratch.ts';
import { fetchArchive } from './fetch-archive.ts';
import { fileProgress } from './file-progress.ts';
import type { IngestJob } from './inputs.ts';
import { recordSize } from './record-size.ts';
import { lockWaitMs, type RunContext, type RunnerServices, shortId } from './runner.ts';

/** @throws as `downloadSegments` and `ingestArchive` */
export async function runIngest(
  services: RunnerServices,
  context: RunContext,
  { remoteId, backupId, repositoryId }: IngestJob,
): Promise<JobResult> {
  const { remotes, repositories, host } = services;
  const { signal } = context;
  const tags = ingestTags(remoteId, backupId);
  await using repository = await repositories.open(repositoryId, signal);
  const there = await snapshotWith(repository, tags, signal);
  const folder = scratchOf(remotes.scratchFolder, remoteId, backupId);
  if (there !== undefined) {
    await removeFolder(folder);
    context.log('info', `It is in the repository already: snapshot ${shortId(there)}.`);
    return { remoteId, backupId, repositoryId, snapshotId: there, isNew: false };
  }
  const config = remotes.get(remoteId);
  const remote = await remotes.able(remoteId, 'download', signal);
  try {
    context.progress({ phase: 'asking the remote' });
    const backup = await remotes.seen(remoteId, await remote.get(backupId, signal));
    const path = join(folder, 'archive');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await fetchArchive(config, backupId, await remote.download(backupId, signal), path, context);
    await removeAbandonedLocks(repository, signal);
    const { username, uid, gid } = host;
    const summary = await ingestArchive({
      repository,
      archive: { path },
      identity: {
        hostname: config.name,
        username,
        ...(uid === undefined ? {} : { uid }),
        ...(gid === undefined ? {} : { gid }),
      },
      tags,
      ...timeOf(backup),
      programVersion: programVersion(),
      lockWaitMs,
      signal,
      onProgress: (done) => context.progress(fileProgress('saving', done)),
    });
    await recordSize(services, context, repositoryId);
    const { snapshotId, totalFiles, totalBytes, dataAdded } = summary;
    context.log('info', `${totalFiles} files, ${totalBytes} bytes, ${dataAdded} of them new.`);
    return { remoteId, backupId, repositoryId, snapshotId, isNew: true, totalFiles, totalBytes, dataAdded };
  } finally {
    if (!signal.aborted || context.isCancelled()) await removeFolder(folder);
  }
}

/** What tells that a snapshot is that backup. */
function ingestTags(remoteId: string, backupId: string): string[] {
  return [`remote:${remoteId}`, `remote-backup:${backupId}`];
}

async function snapshotWith(repository: Repository, tags: readonly string[], signal: AbortSignal) {
  const [found] = await listSnapshots(repository, { signal, filter: { tags: [tags] }, onDamaged: () => undefined });
  return found?.id;
}

function timeOf({ createdAt }: RemoteBackup): { readonly time?: Date } {
  const time = createdAt === undefined ? undefined : new Date(createdAt);
  return time === undefined || Number.isNaN(time.getTime()) ? {} : { time };
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
