/** The public surface of the backup layer. */
export { runBackup } from './backup.ts';
export type { BackupIdentity, BackupOptions, StreamedSources } from './backup-options.ts';
export type { SourceChanges } from './change-scope.ts';
export { type IngestArchiveOptions, ingestArchive } from './ingest-archive.ts';
export type { BackupProblem, BackupProgress, BackupSummary, ItemCounts } from './report.ts';
