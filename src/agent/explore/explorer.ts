/**
 * Answers about what is in snapshots: folders in pages, names searched, versions, differences. What makes the next answer
 * quick is kept with the open repository, and goes with it.
 */
import type { z } from 'zod';
import { fromUtf8, toUtf8 } from '../../base/byte-string.ts';
import type { Clock } from '../../base/clock.ts';
import type {
  browseAnswer,
  browseQuery,
  diffAnswer,
  searchAnswer,
  searchQuery,
  versionsAnswer,
} from '../../control/schemas/snapshots.ts';
import {
  FolderBrowser,
  type FoundVersion,
  fileVersions,
  modeText,
  NameCatalog,
  type NameQuery,
  type Repository,
  type StoredSnapshot,
  searchSnapshots,
} from '../../repository/mod.ts';
import { DiffPages } from './diff-pages.ts';
import { findSnapshot, type SnapshotAccess } from './snapshot-access.ts';

type BrowseQuery = z.output<typeof browseQuery>;
type BrowseAnswer = z.input<typeof browseAnswer>;
type SearchQuery = z.output<typeof searchQuery>;
type SearchAnswer = z.input<typeof searchAnswer>;
type VersionsAnswer = z.input<typeof versionsAnswer>;
type Version = SearchAnswer['files'][number]['versions'][number];
type DiffAnswer = z.input<typeof diffAnswer>;

/** What is kept of a repository while it is open. */
interface Kept {
  readonly browser: FolderBrowser;
  readonly catalog: NameCatalog;
}

export class Explorer {
  readonly #access: SnapshotAccess;
  readonly #diffs: DiffPages;
  readonly #kept = new WeakMap<Repository, Kept>();

  constructor(access: SnapshotAccess, clock: Clock) {
    this.#access = access;
    this.#diffs = new DiffPages({ clock });
  }

  /** @throws `not-found` for a snapshot or folder that is not there */
  browse(repositoryId: string, snapshotId: string, query: BrowseQuery, signal: AbortSignal): Promise<BrowseAnswer> {
    return this.#access.one(repositoryId, snapshotId, signal, async ({ repository, snapshot }) => {
      const { path, offset, limit, sort, descending } = query;
      const folder = await this.#keptOf(repository).browser.browse({
        root: snapshot.snapshot.tree,
        path: fromUtf8(path),
        offset,
        limit,
        sort,
        order: descending ? 'descending' : 'ascending',
        foldersFirst: true,
        signal,
      });
      const prefix = path.endsWith('/') ? path : `${path}/`;
      const entries = folder.entries.map(({ name, type, size, mtimeNs, mode, linkTarget }) => ({
        name: toUtf8(name),
        path: prefix + toUtf8(name),
        type,
        mtime: isoTime(mtimeNs),
        mode: modeText(mode),
        ...(size === undefined ? {} : { size }),
        ...(linkTarget === undefined ? {} : { linkTarget: toUtf8(linkTarget) }),
      }));
      return { path, entries, total: folder.total };
    });
  }

  /** Names in all snapshots of what is asked about. @throws `invalid-input` for a malformed query */
  async search(query: SearchQuery, signal: AbortSignal): Promise<SearchAnswer> {
    const files = new Map<string, Version[]>();
    let snapshotCount = 0;
    let more = false;
    const { unread } = await this.#access.each(query, signal, async ({ repositoryId, repository, snapshots }) => {
      snapshotCount += snapshots.length;
      const { catalog } = this.#keptOf(repository);
      const found = searchSnapshots({
        repository,
        snapshots: snapshots.toReversed(),
        query: nameQuery(query),
        catalog,
        onDamaged: () => undefined,
        signal,
      });
      for await (const { path, versions } of found) {
        const text = toUtf8(path);
        if (!files.has(text) && files.size >= query.limit) {
          more = true;
          break;
        }
        const known = files.get(text) ?? [];
        files.set(text, [...known, ...versions.map((version) => foundVersion(repositoryId, version, snapshots))]);
      }
    });
    return {
      files: [...files].map(([path, versions]) => ({ path, versions })),
      more,
      snapshots: snapshotCount,
      unread,
    };
  }

  /** All versions of one path, newest first. */
  async versions(
    {
      path,
      ...asked
    }: { readonly path: string; readonly repositoryId?: string | undefined; readonly planId?: string | undefined },
    signal: AbortSignal,
  ): Promise<VersionsAnswer> {
    const { answers, unread } = await this.#access.each(
      asked,
      signal,
      async ({ repositoryId, repository, snapshots }) => {
        const found = await fileVersions({
          repository,
          snapshots,
          path: fromUtf8(path),
          onDamaged: () => undefined,
          signal,
        });
        return found.versions.map(
          ({ type, size, mtimeNs, snapshotIds, first, last }): Version => ({
            repositoryId,
            snapshotIds: snapshotIds.toReversed(),
            type,
            mtime: isoTime(mtimeNs),
            firstSeen: isoTime(first.timeNs),
            lastSeen: isoTime(last.timeNs),
            ...(size === undefined ? {} : { size }),
          }),
        );
      },
    );
    const versions = answers.flat().sort((a, b) => ((a.lastSeen ?? '') < (b.lastSeen ?? '') ? 1 : -1));
    return { path, versions, unread };
  }

  /** What changed from one snapshot to another: counts of all, and a page of the changes. */
  diff(
    ids: { readonly repositoryId: string; readonly from: string; readonly to: string },
    page: { readonly offset: number; readonly limit: number },
    signal: AbortSignal,
  ): Promise<DiffAnswer> {
    return this.#access.one(ids.repositoryId, ids.from, signal, async ({ repository, snapshot, snapshots }) => {
      const after = findSnapshot(snapshots, ids.to);
      const { changes, total, statistics } = await this.#diffs.page({
        repository,
        before: snapshot,
        after,
        metadata: true,
        ...page,
        signal,
      });
      const { added, removed, changedFiles } = statistics;
      return {
        changes: changes.map(({ path, modifier }) => ({ path: toUtf8(path), change: changeName(modifier) })),
        total,
        added: added.files + added.others,
        removed: removed.files + removed.others,
        changed: changedFiles,
        bytesAdded: added.bytes,
        bytesRemoved: removed.bytes,
      };
    });
  }

  #keptOf(repository: Repository): Kept {
    const kept = this.#kept.get(repository) ?? {
      browser: new FolderBrowser(repository),
      catalog: new NameCatalog(),
    };
    this.#kept.set(repository, kept);
    return kept;
  }
}

function nameQuery({ mode, text }: SearchQuery): NameQuery {
  switch (mode) {
    case 'glob':
      return { kind: 'glob', patterns: [fromUtf8(text)], ignoreCase: false };
    case 'regex':
      return { kind: 'regex', expression: text, ignoreCase: false };
    case 'text':
      return { kind: 'text', text };
  }
}

function foundVersion(repositoryId: string, version: FoundVersion, snapshots: readonly StoredSnapshot[]): Version {
  const { snapshotIds, type, size, mtimeNs } = version;
  const times = snapshots.filter(({ id }) => snapshotIds.includes(id)).map(({ timeNs }) => timeNs);
  return {
    repositoryId,
    snapshotIds: [...snapshotIds],
    type,
    mtime: isoTime(mtimeNs),
    ...(size === undefined ? {} : { size }),
    ...(times.length === 0 ? {} : { firstSeen: isoTime(times[0]!), lastSeen: isoTime(times.at(-1)!) }),
  };
}

function changeName(modifier: string): DiffAnswer['changes'][number]['change'] {
  if (modifier.includes('+')) return 'added';
  if (modifier.includes('-')) return 'removed';
  return /[MT?]/.test(modifier) ? 'changed' : 'metadata';
}

/** Milliseconds are enough to show; a year that Date does not reach is its nearest. */
function isoTime(ns: bigint): string {
  const ms = Number(ns / 1_000_000n);
  return new Date(Math.max(-8.64e15, Math.min(8.64e15, ms))).toISOString();
}
