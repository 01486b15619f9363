/** Downloads the archive of a backup on a remote into a folder of the user's, beside what is there. */
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, isHoldfastError, systemCode } from '../../base/errors.ts';
import type { JobResult } from '../../jobs/job.ts';
import { safeFileName } from '../../remote/http/safe-file-name.ts';
import { discardArchive, fetchArchive } from './fetch-archive.ts';
import type { DownloadJob } from './inputs.ts';
import type { RunContext, RunnerServices } from './runner.ts';

const mostNames = 1000;

/** @throws `not-found` for a folder that is not there; as `downloadSegments`; never `exists` */
export async function runDownload(
  services: RunnerServices,
  context: RunContext,
  { remoteId, backupId, folder }: DownloadJob,
): Promise<JobResult> {
  const { remotes } = services;
  const { job, signal } = context;
  await requireFolder(folder);
  const config = remotes.get(remoteId);
  const remote = await remotes.able(remoteId, 'download', signal);
  context.progress({ phase: 'asking the remote' });
  const download = await remote.download(backupId, signal);
  const name = safeFileName(download.fileName);
  // The same file again after a kill: what is there of it is gone on with.
  let { target } = await remotes.jobs.adopt(job);
  for (let number = 1; ; number++) {
    if (target === undefined) {
      const free = join(folder, numbered(name, number));
      if (await isTaken(free)) continue;
      target = free;
    }
    await remotes.jobs.set(job.id, { target });
    try {
      const { bytes } = await fetchArchive(config, backupId, download, target, context);
      await remotes.jobs.forget(job.id);
      context.log('info', `It is in ${target}.`);
      return { remoteId, backupId, target, bytes };
    } catch (error) {
      if (context.isCancelled()) {
        await remotes.jobs.forget(job.id);
        await discardArchive(config, backupId, target);
      }
      // Somebody else took the name meanwhile.
      if (!isHoldfastError(error, 'exists') || number >= mostNames) throw error;
      target = undefined;
    }
  }
}

/** "name (2).tar.gz" */
function numbered(name: string, number: number): string {
  if (number === 1) return name;
  const extension = /(\.tar)?\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  return `${name.slice(0, name.length - extension.length)} (${number})${extension}`;
}

async function isTaken(path: string): Promise<boolean> {
  for (const one of [path, `${path}.part`, `${path}.part.json`]) {
    try {
      await lstat(one);
      return true;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  return false;
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new HoldfastError('not-found', `There is no folder ${folder} to download into.`, {
    hint: 'Make it, or choose another one.',
    context: { path: folder },
  });
}
