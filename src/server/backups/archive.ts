/**
 * The archive of a backup, made anew from the repository each time it is read: the same bytes each time, as long as the same
 * versions make them (`recipe`).
 */
import { createHash } from 'node:crypto';
import manifest from '../../../package.json' with { type: 'json' };
import { fromUtf8 } from '../../base/byte-string.ts';
import { loadSnapshot } from '../../repository/mod.ts';
import { type DownloadKind, openDownload } from '../../restore/mod.ts';
import type { BackupArchive, BackupRecord } from '../catalog/backups.ts';
import type { Scope } from '../config/scope.ts';
import { type RunnerServices, scopeById, snapshotOf } from './runner.ts';

type ArchiveServices = Pick<RunnerServices, 'repositories' | 'config' | 'catalog' | 'clock' | 'archives'>;

/** What makes the bytes: other versions of these may make other ones of the same files. */
const recipe = [
  `holdfast ${manifest.version}`,
  `archiver ${manifest.dependencies.archiver}`,
  `zlib ${process.versions.zlib} ${process.arch}`,
].join(', ');

/** What a download of this scope's backups gives; `fa` has none. */
export function archiveKindOf(scope: Scope): DownloadKind | undefined {
  switch (scope.dialect) {
    case 'panel':
      return scope.archive;
    case 'organizations':
      return 'tar.gz';
    case 'stacks':
      return 'tar';
    default:
      return undefined;
  }
}

/**
 * Its bytes, whole or from some byte on.
 *
 * @throws `conflict` for a backup that is not done, `not-found`; while it is read: `corrupt`
 */
export async function* readArchive(
  services: ArchiveServices,
  backup: BackupRecord,
  kind: DownloadKind,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const scope = scopeById(services, backup.scope);
  await using open = await services.repositories.read(scope.id, signal);
  const { repository } = open;
  const { snapshot } = await loadSnapshot(repository, snapshotOf(backup), signal);
  const from = rootOf(scope, backup);
  yield* await openDownload({
    repository,
    root: snapshot.tree,
    paths: [fromUtf8(from)],
    from: fromUtf8(from),
    kind,
    signal,
  });
}

/** The folder of the snapshot that names in an archive, and places of a restore, start from. */
export function rootOf(scope: Scope, { content }: BackupRecord): string {
  const paths = content.kind === 'folders' ? content.paths : content.kind === 'scope' ? scope.folders : [];
  const isOneFolder = paths.length === 1 && (content.kind !== 'scope' || scope.databases.length === 0);
  return isOneFolder ? paths[0]! : '/';
}

/** Makes it once, and keeps it for those who download it soon. */
export async function measureArchive(
  services: ArchiveServices,
  backup: BackupRecord,
  kind: DownloadKind,
  signal: AbortSignal,
): Promise<BackupArchive> {
  const hash = createHash('sha1');
  let bytes = 0;
  await using writer = await services.archives.writer(backup.id);
  for await (const piece of readArchive(services, backup, kind, signal)) {
    hash.update(piece);
    bytes += piece.length;
    await writer.write(piece);
  }
  const sha1 = hash.digest('hex');
  await services.archives.keep(writer, backup.id, sha1);
  return { kind, bytes, sha1, recipe };
}

/** The archive's size and checksum, if they are those of the bytes that would be served now. */
export function knownArchive({ archive }: Pick<BackupRecord, 'archive'>): BackupArchive | undefined {
  return archive?.recipe === recipe ? archive : undefined;
}

/** The archive as it is served: measured anew where other versions would make other bytes than those it was measured by. */
export async function currentArchive(
  services: ArchiveServices,
  backup: BackupRecord,
  signal: AbortSignal,
): Promise<BackupArchive> {
  const known = knownArchive(backup);
  if (known !== undefined) return known;
  const scope = scopeById(services, backup.scope);
  const kind = backup.archive?.kind ?? archiveKindOf(scope) ?? 'tar.gz';
  const archive = await measureArchive(services, backup, kind, signal);
  services.catalog.backups.update(backup.id, { archive }, services.clock.now().getTime());
  return archive;
}
