/** Fetches a dump from elsewhere into the repository of a scope: streamed, nothing of it on the disk but in the repository. */

import { runBackup } from '../../backup/mod.ts';
import { fromUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { JobContext } from '../../jobs/running-job.ts';
import { fileAttributes } from '../../platform/attributes.ts';
import { programVersion } from '../../platform/program-version.ts';
import { lookupGroup, lookupUser } from '../../platform/users.ts';
import { compileExcludes, openArchive, type StreamEntry } from '../../source/mod.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import { archiveKindOf, measureArchive } from './archive.ts';
import { backupTag, clearLeftOvers } from './backup-snapshots.ts';
import { backupById, isProven, lockWaitMs, openToAdd, type RunnerServices, scopeById } from './runner.ts';
import { type Fetched, safeFetch } from './safe-fetch.ts';

const minuteMs = 60_000;
const tarHeaderBytes = 512;

export async function runImport(
  services: RunnerServices,
  { signal, report }: JobContext,
  backupId: string,
): Promise<BackupRecord> {
  const { catalog, clock, host, config } = services;
  const backup = backupById(services, backupId);
  if (backup.state === 'done') return backup;
  const { content } = backup;
  if (content.kind !== 'import') throw new HoldfastError('internal', 'This backup is no import.');
  const scope = scopeById(services, backup.scope);
  const now = () => clock.now().getTime();
  catalog.backups.update(backupId, { state: 'running' }, now());
  await using repository = await openToAdd(services, scope.id, signal);
  // It was killed, or the server ended.
  if (backup.state === 'running') await clearLeftOvers(repository, backup, signal);
  const { allowHosts, maxBytes, maxMinutes } = config().imports;
  await using fetched = await safeFetch(content.url, {
    allowHosts,
    mostBytes: maxBytes,
    mostMs: maxMinutes * minuteMs,
    signal,
  });
  const { engine } = content;
  const folder = fromUtf8(`/${engine}`);
  const { hostname, username } = host;
  const summary = await runBackup({
    repository,
    targets: [],
    streamed: { paths: [folder], entries: importedEntries(fetched, engine, signal) },
    cwd: fromUtf8('/'),
    selector: (roots) => compileExcludes({ roots }),
    identity: { hostname, username },
    programVersion: programVersion(),
    nodes: { owners: { lookupUser, lookupGroup }, attributes: fileAttributes(), withAccessTime: false },
    tags: [backupTag(backupId)],
    time: new Date(backup.createdAt),
    parent: 'none',
    lockWaitMs,
    signal,
    clock,
    onProgress: ({ bytesDone }) => report({ phase: 'fetching', bytesDone }),
  });
  const { snapshotId, totalFiles, totalBytes, dataAddedPacked } = summary;
  const kind = archiveKindOf(scope);
  const saved = { ...backup, state: 'done', snapshotId } as BackupRecord;
  const archive = kind === undefined ? undefined : await measureArchive(services, saved, kind, signal);
  const verify = isProven(scope) ? ({ state: 'verifying' } as const) : undefined;
  const done = { files: totalFiles, totalBytes, storedBytes: dataAddedPacked, completedAt: now(), archive, verify };
  return catalog.backups.update(backupId, { state: 'done', snapshotId, ...done }, now())!;
}

/** The files of an archive (a hostile one fails all of it), or the file itself. */
async function* importedEntries(
  { url, content }: Fetched,
  engine: string,
  signal: AbortSignal,
): AsyncGenerator<StreamEntry> {
  const name = fileNameOf(url);
  const { isTar, whole } = await lookedAt(content);
  if (isTar || /\.(tar\.gz|tgz)$/i.test(name)) yield* openArchive(whole, { into: fromUtf8(`/${engine}`), signal });
  else yield { path: fromUtf8(`/${engine}/${name}`), kind: 'file', content: whole };
}

/** Whether it begins as a tar archive does (POSIX, ustar: the magic at byte 257); and all of it, as it was. */
async function lookedAt(content: AsyncIterable<Uint8Array>) {
  const rest = content[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < tarHeaderBytes) {
    const step = await rest.next();
    if (step.done === true) break;
    head = Buffer.concat([head, step.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      for (let step = await rest.next(); step.done !== true; step = await rest.next()) yield step.value;
    } finally {
      await rest.return?.();
    }
  }
  return { isTar: head.toString('latin1', 257, 262) === 'ustar', whole: whole() };
}

/** The last part of the address, made harmless. */
function fileNameOf(url: URL): string {
  const last = url.pathname.split('/').at(-1) ?? '';
  const name = last
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\.+/, '')
    .slice(-200);
  return name === '' ? 'dump' : name;
}
