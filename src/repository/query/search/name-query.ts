/** What a search looks for, and how a name or path is held against it. */
import { type ByteString, isAscii, toUtf8 } from '../../../base/byte-string.ts';
import { HoldfastError } from '../../../base/errors.ts';
import { PatternList } from '../../../base/path-patterns.ts';
import { BoundedExpression } from './bounded-expression.ts';

/**
 * - `glob`: restic's patterns (`*.ts`, `docs`, `/home/*`), with all that is in a folder that matches;
 * - `regex`: a JavaScript expression that is found in the name;
 * - `text`: the name has it in it, letter case and Unicode form ignored.
 */
export type NameQuery =
  | { readonly kind: 'glob'; readonly patterns: readonly ByteString[]; readonly ignoreCase: boolean }
  | { readonly kind: 'regex'; readonly expression: string; readonly ignoreCase: boolean }
  | { readonly kind: 'text'; readonly text: string };

export interface Judgement {
  readonly matched: boolean;
  /** Something below it may match. */
  readonly below: boolean;
  /** Everything below it matches. */
  readonly allBelow: boolean;
}

export interface NameMatcher {
  /** Whether entries of these names may match, wherever they are (what is in a matching folder left aside). */
  matching(names: readonly ByteString[]): readonly boolean[];
  /** Holds the entries of a folder against the query. */
  judge(folder: ByteString, names: readonly ByteString[]): readonly Judgement[];
  /** Whether it is worth finding out first which folders hold a name that matches. */
  readonly worthScan: boolean;
}

const longestQuery = 1000;

/** @throws `invalid-input` for an empty or malformed query */
export function compileQuery(query: NameQuery): NameMatcher {
  switch (query.kind) {
    case 'glob':
      return globMatcher(query.patterns, query.ignoreCase);
    case 'regex': {
      const expression = new BoundedExpression(checked(query.expression), query.ignoreCase);
      return nameMatcher((names) => expression.testAll(names.map(toUtf8)));
    }
    case 'text': {
      const wanted = folded(checked(query.text));
      return nameMatcher((names) => names.map((name) => folded(toUtf8(name)).includes(wanted)));
    }
  }
}

function checked(text: string): string {
  if (text !== '' && text.length <= longestQuery) return text;
  throw new HoldfastError('invalid-input', text === '' ? 'There is nothing to search for.' : 'That is too long.', {
    hint: `Give 1 to ${longestQuery} characters.`,
  });
}

function globMatcher(given: readonly ByteString[], ignoreCase: boolean): NameMatcher {
  for (const pattern of given) checked(pattern);
  // A leading "!" has no meaning here, as in restic.
  const patterns = new PatternList(
    given.map((pattern) => pattern.replace(/^!/, '')),
    { ignoreCase },
  );
  if (given.length === 0) checked('');
  return {
    matching: (names) => names.map((name) => patterns.mayMatchName(name)),
    judge: (folder, names) =>
      names.map((name) => {
        const { matched, childMayMatch } = patterns.matchWithChildren(`${folder}/${name}`);
        return { matched, below: matched || childMayMatch, allBelow: matched };
      }),
    worthScan: patterns.namesTell,
  };
}

function nameMatcher(matching: NameMatcher['matching']): NameMatcher {
  return {
    matching,
    judge: (_, names) => matching(names).map((matched) => ({ matched, below: true, allBelow: false })),
    worthScan: true,
  };
}

/** Composed, in small letters: macOS keeps names decomposed. */
function folded(text: string): string {
  return (isAscii(text) ? text : text.normalize('NFC')).toLowerCase();
}
