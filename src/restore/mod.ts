/** The public surface of the restore layer. */
export { type DownloadKind, type DownloadOptions, downloadKinds, openDownload } from './archive/download.ts';
export { type OverwritePolicy, overwritePolicies } from './policy.ts';
export type {
  ItemAction,
  ItemCounts,
  RestoredItem,
  RestoreProblem,
  RestoreProgress,
  RestoreSummary,
} from './report.ts';
export { type RestoreOptions, runRestore } from './restore.ts';
export { type RestoreDestination, type RestoreSelectionOptions, restoreSelection } from './restore-selection.ts';
export { selectPaths } from './selected-paths.ts';
export { type SelectionOptions, selectByPatterns } from './selection.ts';
