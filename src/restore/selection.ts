/**
 * Which items of a snapshot are restored: restic's meaning of --include and --exclude (doc/050_restore.rst).
 *
 * Paths are those in the snapshot with a leading "/". Includes restore what matches and all below; folders on the way to a
 * possible match are walked, and made only if something in them matches. Excludes leave out what matches and all below.
 */
import type { ByteString } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import { NO_MATCH, PatternList } from '../base/path-patterns.ts';

export interface SelectionOptions {
  readonly include?: readonly ByteString[];
  readonly includeIgnoringCase?: readonly ByteString[];
  readonly exclude?: readonly ByteString[];
  readonly excludeIgnoringCase?: readonly ByteString[];
}

export interface Selected {
  /** The item itself is restored. */
  readonly item: boolean;
  /** Something below it may be. */
  readonly below: boolean;
}

/** `undefined` stands for everything. */
export type Selection = ((path: ByteString, isFolder: boolean) => Selected) | undefined;

const everything: Selected = { item: true, below: true };
const leaf: Selected = { item: true, below: false };
const nothing: Selected = { item: false, below: false };

/** @throws `invalid-input` for a malformed pattern, and for includes together with excludes */
export function selectByPatterns(options: SelectionOptions): Selection {
  const lists = (exact: readonly ByteString[] = [], ignoringCase: readonly ByteString[] = []): PatternList[] =>
    [new PatternList(exact), new PatternList(ignoringCase, { ignoreCase: true })].filter(({ length }) => length > 0);
  const includes = lists(options.include, options.includeIgnoringCase);
  const excludes = lists(options.exclude, options.excludeIgnoringCase);
  if (includes.length > 0 && excludes.length > 0) {
    throw new HoldfastError('invalid-input', 'What to include and what to exclude cannot be given together.', {
      hint: 'Give either --include or --exclude patterns.',
    });
  }
  if (excludes.length > 0) {
    return (path, isFolder) => {
      if (excludes.some((list) => list.match(path) !== NO_MATCH)) return nothing;
      return isFolder ? everything : leaf;
    };
  }
  if (includes.length === 0) return undefined;
  return (path, isFolder) => {
    let item = false;
    let below = false;
    for (const list of includes) {
      const found = list.matchWithChildren(path);
      item ||= found.matched;
      below ||= found.childMayMatch;
    }
    return { item, below: below && isFolder };
  };
}
