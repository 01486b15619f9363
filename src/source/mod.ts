/** The public surface of source/: what is backed up, how it is walked, and what is left out. */

export type { ArchiveOptions } from './archive/archive-options.ts';
export type { LinkPolicy } from './archive/entry-path.ts';
export type { ArchiveLimits } from './archive/limits.ts';
export { openArchive, openArchiveFile } from './archive/open-archive.ts';
export {
  type DatabaseAccess,
  type DatabaseEntriesOptions,
  databaseEntries,
  databaseFolder,
  type RestoreDatabaseOptions,
  restoreDatabase,
  testDatabase,
  verifyDatabaseDump,
} from './database/database-source.ts';
export type { ExcludeOptions, ExcludeReason, Selector } from './filesystem/excludes.ts';
export { compileExcludes } from './filesystem/excludes.ts';
export type { FileKind, FileStat } from './filesystem/file-stat.ts';
export { fileStatOf, readFileStat } from './filesystem/file-stat.ts';
export { type LongPath, openLongPath } from './filesystem/long-path.ts';
export { createNodeMaker, type NodeMaker, type NodeMakerOptions } from './filesystem/node-maker.ts';
export { parsePatternFile } from './filesystem/pattern-file.ts';
export { type Preset, type PresetName, presets } from './filesystem/presets.ts';
export type { ReadableEntry, ScannedEntry, ScanOptions, UnreadableEntry } from './filesystem/scan-directory.ts';
export { listNames, scanEntries, scanEntry } from './filesystem/scan-directory.ts';
export type { OwnerNames } from './filesystem/to-node.ts';
export type { StreamEntry } from './stream-entry.ts';
