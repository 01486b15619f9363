/** The public surface of the repository layer. Whoever is outside of src/repository imports from here only. */

export type { Backend, BackendPlace } from '../backend/backend.ts';
export type { BlobVisitor } from './blob-decoder.ts';
export { BlobDecoder } from './blob-decoder.ts';
export { type BlobLocation, BlobTable, type BlobType, type SharedBlobTable } from './blob-table.ts';
export { type CheckOptions, type CheckProgress, checkRepository } from './check/check.ts';
export { parseReadSubset, type ReadSubset } from './check/read-subset.ts';
export type {
  CheckError,
  CheckHint,
  CheckReport,
  DamagedFile,
  DamagedSnapshot,
} from './check/report.ts';
export { type CopyOptions, type CopyProgress, type CopySummary, copySnapshots } from './copy/copy-snapshots.ts';
export type { SealedBlob } from './decrypt-batch.ts';
export { extendObjectLock } from './extend-object-lock.ts';
export {
  executeForget,
  type ForgetByPolicy,
  type ForgetGroup,
  type ForgetPlan,
  planForget,
  planForgetByName,
} from './forget/forget.ts';
export {
  applyPolicy,
  type ForgetPolicy,
  type KeepCount,
  type KeptSnapshot,
  type PolicyResult,
  parseCalendarDuration,
  policyText,
} from './forget/policy.ts';
export type { CalendarDuration } from './forget/snapshot-time.ts';
export type { LoadIndexOptions } from './index-loader.ts';
export { IndexSaver, type IndexSaverOptions } from './index-saver.ts';
export { type InitKeptOptions, initKeptRepository, type KeptPassword } from './init-kept.ts';
export {
  addKey,
  changePassword,
  type KeyInfo,
  type KeyOptions,
  listKeys,
  removeKey,
  type ScryptCost,
} from './keys.ts';
export {
  type LockHost,
  removeAbandonedLocks,
  removeAllLocks,
  removeStaleLocks,
  type StoredLock,
} from './lock-files.ts';
export { type AcquireLockOptions, acquireLock, type RepositoryLock, startLock } from './locks.ts';
export { OpenRepositories, type ReadableRepository } from './open-repositories.ts';
export { type PackListing, type PackRange, PackReader, planRanges } from './pack-reader.ts';
export { type Compression, defaultPackSizeBytes, type FinishedPack, PackWriter } from './pack-writer.ts';
export { type PruneLimits, type PrunePlan, unusedShare } from './prune/plan.ts';
export { type PruneOptions, type PruneProgress, type PruneReport, pruneRepository } from './prune/prune.ts';
export type { PruneStats } from './prune/stats.ts';
export {
  type BrowsedEntry,
  type BrowsedFolder,
  type BrowseOptions,
  type BrowseSort,
  browseSorts,
  FolderBrowser,
} from './query/browse.ts';
export { type DiffCounts, type DiffOptions, type DiffStatistics, diffTrees } from './query/diff-trees.ts';
export { type ArchiveItem, itemsBelow } from './query/dump/archive-entries.ts';
export { type ArchiveKind, archiveKinds, type Dump, openDump, writeArchive } from './query/dump/dump.ts';
export { findFolder, findNode } from './query/find-folder.ts';
export { type FindNodesOptions, NodeFinder } from './query/find-nodes.ts';
export { type FoundObject, ObjectFinder, objectsInPacks, type WantedObjects } from './query/find-objects.ts';
export { type IndexTotals, indexTotals } from './query/index-totals.ts';
export { type ListedNode, listNodes, type SortOrder, sortNodes, sortOrders } from './query/list-nodes.ts';
export { modeText } from './query/mode-text.ts';
export { foundJson, listedJson, pathJson } from './query/node-json.ts';
export {
  type Absence,
  type FileVersion,
  type FileVersions,
  type FileVersionsOptions,
  fileVersions,
} from './query/search/file-versions.ts';
export { NameCatalog } from './query/search/name-catalog.ts';
export type { NameQuery } from './query/search/name-query.ts';
export {
  type FoundPath,
  type FoundVersion,
  type SearchOptions,
  searchSnapshots,
} from './query/search/search-snapshots.ts';
export { selectSnapshots } from './query/select-snapshots.ts';
export { countStatistics, type Statistics, type StatisticsMode, statisticsModes } from './query/statistics.ts';
export type { TreeVisitor } from './read-trees.ts';
export { type RepairIndexReport, repairIndex } from './repair/repair-index.ts';
export { parsePackIds, type RepairPacksReport, repairPacks } from './repair/repair-packs.ts';
export { type RepairSnapshotsReport, repairSnapshots } from './repair/repair-snapshots.ts';
export { changeText, type TreeChange } from './repair/tree-repair.ts';
export {
  type InitOptions,
  initRepository,
  type OpenOptions,
  openRepository,
  type Repository,
  type UnpackedType,
} from './repository.ts';
export { packedBlob } from './repository-index.ts';
export { selfTest } from './self-test.ts';
export {
  type GroupBy,
  groupSnapshots,
  type ListSnapshotsOptions,
  listSnapshots,
  loadSnapshot,
  parseGroupBy,
  type ResolvedSnapshot,
  resolveSnapshot,
  type SnapshotFilter,
  type SnapshotGroup,
  type StoredSnapshot,
  saveSnapshot,
  snapshotFields,
} from './snapshots.ts';
export { TreeBytes } from './tree-bytes.ts';
export {
  TreeReader,
  type UniqueTreesOptions,
  type WalkedNode,
  type WalkOptions,
  walkTree,
} from './trees.ts';
