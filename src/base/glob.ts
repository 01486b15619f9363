/**
 * Matches one path component against a shell pattern with the meaning of Go's filepath.Match, which restic's patterns have:
 * `*` any run of bytes, `?` one character, `[a-z]` or `[^a-z]` one character of (not of) a set, `\` takes the next
 * character as it is. A character is a UTF-8 sequence, or a single byte that belongs to none.
 *
 * Compiled once; the common shapes (`name`, `*.ext`, `pre*`, `*mid*`) cost one string comparison.
 * Source: https://pkg.go.dev/path/filepath#Match
 */
import { type ByteString, toUtf8 } from './byte-string.ts';
import { HoldfastError } from './errors.ts';

export interface Glob {
  /** The only name that matches, where there is only one. */
  readonly literal: ByteString | undefined;
  /** Where the pattern is `*` and this ending. */
  readonly suffix: ByteString | undefined;
  matches(name: ByteString): boolean;
}

/** @throws HoldfastError 'invalid-input' for a pattern with an open bracket, an empty set, or a `\` at its end. */
export function compileGlob(pattern: ByteString): Glob {
  if (!/[\\[\]*?]/.test(pattern)) return literalGlob(pattern);
  const chunks = parse(pattern);
  const texts = chunks.map(asText);
  if (!texts.every((text) => text !== undefined)) {
    return { literal: undefined, suffix: undefined, matches: (name) => matchChunks(chunks, name) };
  }
  const [first = '', second = '', third = ''] = texts;
  if (texts.length === 1) return literalGlob(first);
  const simple = (matches: Glob['matches'], suffix?: ByteString): Glob => ({ literal: undefined, suffix, matches });
  if (texts.length === 2) {
    if (first === '') return simple((name) => name.endsWith(second), second);
    if (second === '') return simple((name) => name.startsWith(first));
    const length = first.length + second.length;
    return simple((name) => name.length >= length && name.startsWith(first) && name.endsWith(second));
  }
  if (texts.length === 3 && first === '' && third === '') return simple((name) => name.includes(second));
  return simple((name) => matchChunks(chunks, name));
}

function literalGlob(text: ByteString): Glob {
  return { literal: text, suffix: undefined, matches: (name) => name === text };
}

/** What stands between two stars: each element takes exactly one character, or the bytes of a text. */
type Chunk = readonly Element[];
type Element = ByteString | CharacterSet;

/** `?` is the negated set of nothing. */
interface CharacterSet {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [low: number, high: number])[];
}
const anyCharacter: CharacterSet = { negated: true, ranges: [] };

/** The text of a chunk without sets, else undefined. */
function asText(chunk: Chunk): ByteString | undefined {
  if (chunk.length === 0) return '';
  const [only] = chunk;
  return chunk.length === 1 && typeof only === 'string' ? only : undefined;
}

function parse(pattern: ByteString): Chunk[] {
  const chunks: Element[][] = [];
  let chunk: Element[] = [];
  let text = '';
  const endText = (): void => {
    if (text !== '') chunk.push(text);
    text = '';
  };
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at];
    if (char === '*') {
      endText();
      chunks.push(chunk);
      chunk = [];
      while (pattern[at] === '*') at++;
    } else if (char === '?') {
      endText();
      chunk.push(anyCharacter);
      at++;
    } else if (char === '[') {
      endText();
      const set = parseSet(pattern, at);
      chunk.push(set.set);
      at = set.end;
    } else {
      if (char === '\\') at++;
      if (at >= pattern.length) throw badPattern(pattern);
      text += pattern[at];
      at++;
    }
  }
  endText();
  chunks.push(chunk);
  return chunks;
}

function parseSet(pattern: ByteString, start: number): { set: CharacterSet; end: number } {
  let at = start + 1;
  const negated = pattern[at] === '^';
  if (negated) at++;
  const ranges: [number, number][] = [];
  const character = (): number => {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '-' || pattern[at] === ']') throw badPattern(pattern);
    if (at >= pattern.length) throw badPattern(pattern);
    const { rune, width } = runeAt(pattern, at);
    at += width;
    return rune;
  };
  while (pattern[at] !== ']' || ranges.length === 0) {
    const low = character();
    let high = low;
    if (pattern[at] === '-') {
      at++;
      high = character();
    }
    ranges.push([low, high]);
    if (at >= pattern.length) throw badPattern(pattern);
  }
  return { set: { negated, ranges }, end: at + 1 };
}

/** Each chunk but the last is taken where it fits first; that loses nothing, as a star may follow with any length. */
function matchChunks(chunks: readonly Chunk[], name: ByteString): boolean {
  let at = matchChunk(chunks[0] ?? [], name, 0);
  if (at < 0 || chunks.length === 1) return at === name.length;
  for (let index = 1; index < chunks.length; index++) {
    const chunk = chunks[index] ?? [];
    const last = index === chunks.length - 1;
    if (last && chunk.length === 0) return true;
    let end = -1;
    for (; at <= name.length; at++) {
      end = matchChunk(chunk, name, at);
      if (end >= 0 && (!last || end === name.length)) break;
      end = -1;
    }
    if (end < 0) return false;
    at = end;
  }
  return true;
}

/** Where the chunk ends if it fits at `at`, else −1. */
function matchChunk(chunk: Chunk, name: ByteString, at: number): number {
  for (const element of chunk) {
    if (typeof element === 'string') {
      if (!name.startsWith(element, at)) return -1;
      at += element.length;
      continue;
    }
    if (at >= name.length) return -1;
    const { rune, width } = runeAt(name, at);
    if (element.ranges.some(([low, high]) => low <= rune && rune <= high) === element.negated) return -1;
    at += width;
  }
  return at;
}

const REPLACEMENT = 0xfffd;

/** The character at a byte: invalid bytes count as U+FFFD and one byte wide. */
function runeAt(text: ByteString, at: number): { rune: number; width: number } {
  const first = text.charCodeAt(at);
  if (first < 0x80) return { rune: first, width: 1 };
  const width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const rune = toUtf8(text.slice(at, at + width));
  const code = rune.codePointAt(0) ?? REPLACEMENT;
  const whole =
    rune.length === (code > 0xffff ? 2 : 1) && (code !== REPLACEMENT || text.startsWith('\xef\xbf\xbd', at));
  return whole ? { rune: code, width } : { rune: REPLACEMENT, width: 1 };
}

function badPattern(pattern: ByteString): HoldfastError {
  return new HoldfastError('invalid-input', `The pattern "${toUtf8(pattern)}" is not valid`, {
    hint: 'Close every [ with a ], and put a \\ before a [, ?, * or \\ that stands for itself.',
    context: { pattern: toUtf8(pattern) },
  });
}
