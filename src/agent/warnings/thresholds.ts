/**
 * From where on a backup looks wrong. All such numbers are here, each with its reason; a warning holds back nothing but
 * retention, so a false one costs a look, and a missed one may cost the last good snapshots.
 */
export const warningThresholds = {
  /**
   * Fewer files than before, as a share of them. People do remove folders, and half of everything is seldom one of them; a
   * source that lost its contents (a failed disk, a sync that went wrong) loses far more.
   */
  goneShare: 0.5,
  /** Below this many files less, a share says nothing: of three files, two may well go. */
  goneFiles: 20,
  /** Files that were changed, as a share of those that were there before. Whoever encrypts a disk changes nearly all. */
  rewrittenShare: 0.5,
  /** As for `goneFiles`: in a folder of ten documents, six changed ones are a day's work. */
  rewrittenFiles: 20,
  /**
   * New data that keeps this share of its size when compressed does not compress: what is encrypted comes out at 1, pictures
   * and films at 0.95 and more.
   */
  incompressibleRatio: 0.95,
  /**
   * It did before if this plan's earlier new data came out at this or less. Text comes to 0.3, a home folder to some 0.7; where
   * pictures alone are saved, encrypted data cannot be told from them, and nothing is said.
   */
  compressedBefore: 0.85,
  /** So many earlier runs with enough new data are needed for a comparison: one may have been an exception. */
  historyRuns: 3,
  /** What is earlier than these many runs says little about what is usual now. */
  historyRunsMost: 20,
  /** Runs that add less than this are left aside: a few downloads decide over their ratio. Bytes. */
  enoughBytes: 8 * 1024 * 1024,
} as const;
