/** What is asked of an archive that is read in. */
import type { ByteString } from '../../base/byte-string.ts';
import type { LinkPolicy } from './entry-path.ts';
import { type ArchiveLimits, archiveLimits } from './limits.ts';

export interface ArchiveOptions {
  /** Instead of those of `archiveLimits`. */
  readonly limits?: Partial<ArchiveLimits>;
  /** The folder of the snapshot that it goes to, as "/imported"; the snapshot's root, unless given. */
  readonly into?: ByteString;
  /** Default: `refuse`. */
  readonly links?: LinkPolicy;
  readonly signal: AbortSignal;
}

export function limitsOf({ limits }: ArchiveOptions): ArchiveLimits {
  return { ...archiveLimits, ...limits };
}

/** Where an entry lies in the snapshot. */
export function snapshotPath({ into = '/' }: ArchiveOptions, parts: readonly ByteString[]): ByteString {
  return `${into === '/' ? '' : into}/${parts.join('/')}`;
}
