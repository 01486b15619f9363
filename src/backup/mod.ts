/** The public surface of the backup layer. */
export { type BackupIdentity, type BackupOptions, runBackup } from './backup.ts';
export type { BackupProblem, BackupProgress, BackupSummary, ItemCounts } from './report.ts';
