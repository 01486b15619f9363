/** Which packs `check --read-data-subset` reads (restic's rules, cmd_check.go). */
import { HoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';

export type ReadSubset =
  | { readonly kind: 'all' }
  /** Part n of t: packs by the first byte of their id, so that t runs read everything. */
  | { readonly kind: 'part'; readonly part: number; readonly of: number }
  /** Random packs. */
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'bytes'; readonly bytes: number };

/** Ids are split by one byte. */
const maxParts = 256;

/**
 * Reads "n/t" or "x%". A size is for the caller to read.
 *
 * @throws `invalid-input` for a part or percentage that is none; undefined for anything else
 */
export function parseReadSubset(text: string): ReadSubset | undefined {
  const part = /^(\d+)\/(\d+)$/.exec(text);
  if (part !== null) {
    const [n, t] = [Number(part[1]), Number(part[2])];
    if (n >= 1 && n <= t && t <= maxParts) return { kind: 'part', part: n, of: t };
    throw bad(text, `Give n/t with 1 ≤ n ≤ t ≤ ${maxParts}, for example 1/7.`);
  }
  if (!text.endsWith('%')) return undefined;
  const percent = Number(text.slice(0, -1));
  if (text.length > 1 && percent > 0 && percent <= 100) return { kind: 'percent', percent };
  throw bad(text, 'Give a percentage above 0 and up to 100, for example 2.5%.');
}

/** @param random gives numbers in [0, 1) */
export function selectPacks<T extends { readonly packId: Id; readonly sizeBytes: number }>(
  packs: readonly T[],
  subset: ReadSubset,
  random: () => number = Math.random,
): T[] {
  switch (subset.kind) {
    case 'all':
      return [...packs];
    case 'part':
      return packs.filter(({ packId }) => Number.parseInt(packId.slice(0, 2), 16) % subset.of === subset.part - 1);
    case 'percent':
      return pickRandom(packs, subset.percent / 100, random);
    case 'bytes': {
      const total = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      return pickRandom(packs, total === 0 ? 1 : Math.min(1, subset.bytes / total), random);
    }
  }
}

/** That share of the packs, at least one. */
function pickRandom<T>(packs: readonly T[], share: number, random: () => number): T[] {
  const rest = [...packs];
  const count = Math.min(rest.length, Math.max(1, Math.floor(rest.length * share)));
  return Array.from({ length: count }, () => rest.splice(Math.floor(random() * rest.length), 1)[0]!);
}

function bad(text: string, hint: string): HoldfastError {
  return new HoldfastError('invalid-input', `--read-data-subset cannot be "${text}".`, { hint });
}
