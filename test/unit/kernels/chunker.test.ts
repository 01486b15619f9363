import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Kernels, loadKernels } from '../../../src/kernels/kernels.ts';
import { type ReferenceChunker, referenceChunker } from '../../../src/kernels/reference/chunker.ts';

const MiB = 1024 * 1024;
const minBytes = 512 * 1024;
const maxBytes = 8 * MiB;
const builds = ['relaxed', 'fallback'] as const;

/** 24 MiB of the AES-256-CTR key stream under a zero key: the file that restic was given for `resticChunks`. */
const data = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16)).update(Buffer.alloc(24 * MiB));

/** Chunk lengths read from the index after `restic backup` (restic 0.14) of `data`, under two repositories' polynomials. */
const resticChunks: readonly (readonly [bigint, readonly number[]])[] = [
  [
    0x28cd6390f5b06dn,
    [
      602516, 1598081, 1143151, 1023354, 3316826, 3016542, 603279, 697500, 2421734, 723333, 1413412, 670578, 905409,
      737242, 1918937, 675270, 1635372, 1393755, 669533,
    ],
  ],
  [
    0x2be87aab84a10fn,
    [
      2974770, 1906121, 629093, 1766448, 596254, 1742666, 2628219, 1572667, 1031631, 1339916, 2948419, 2179520, 1798512,
      534070, 1517518,
    ],
  ],
];

/** Irreducible ones from restic's own tests and repositories, and two that are not (the second is divisible by x). */
const polynomials = [0x3da3358b4dc173n, 0x2482734cacca49n, 0x28cd6390f5b06dn, 0x30a8295b9d5c91n, 0x3da3358b4dc172n];

interface Subject {
  readonly kernels: Kernels;
  readonly buffer: number;
}

function load(build: (typeof builds)[number], bytes: number): Subject {
  const kernels = loadKernels({ memoryBytes: bytes + MiB, build });
  return { kernels, buffer: kernels.alloc(bytes) };
}

/** All chunk lengths of `bytes` bytes at `buffer`. */
function chunkLengths({ kernels, buffer }: Subject, bytes: number): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < bytes; at += lengths.at(-1)!) {
    lengths.push(kernels.nextCut(buffer + at, bytes - at, 0) || bytes - at);
  }
  return lengths;
}

/** The 64 bytes before some cut of `data`: wherever they are planted, a cut follows. */
function cutWindow(reference: ReferenceChunker, from: number): Uint8Array {
  const cut = reference.nextCut(data.subarray(from));
  if (cut === 0 || cut === maxBytes) throw new Error(`no cut by content from ${from}`);
  return data.subarray(from + cut - 64, from + cut);
}

describe('reference chunker', () => {
  it.each(resticChunks)('cuts where restic cuts (polynomial %#)', (polynomial, lengths) => {
    const reference = referenceChunker(polynomial);
    let at = 0;
    for (const length of lengths.slice(0, 6)) {
      expect(reference.nextCut(data.subarray(at))).toBe(length);
      at += length;
    }
  });
});

describe.each(builds)('nextCut (%s build)', (build) => {
  const subject = load(build, data.length);
  const { kernels, buffer } = subject;

  it.each(resticChunks)('cuts where restic cuts (polynomial %#)', (polynomial, lengths) => {
    kernels.setPolynomial(polynomial);
    kernels.u8.set(data, buffer);
    expect(chunkLengths(subject, data.length)).toEqual(lengths);
  });

  it('cuts zeros at exactly the minimum', () => {
    kernels.setPolynomial(polynomials[0]!);
    kernels.u8.fill(0, buffer, buffer + 2 * MiB);
    expect(chunkLengths(subject, 2 * MiB)).toEqual([minBytes, minBytes, minBytes, minBytes]);
    expect(kernels.nextCut(buffer, minBytes - 1, 0)).toBe(0);
    expect(kernels.nextCut(buffer, minBytes, 0)).toBe(minBytes);
  });

  it('cuts at the maximum where the content gives no cut', () => {
    kernels.setPolynomial(polynomials[0]!);
    kernels.u8.fill(1, buffer, buffer + maxBytes + MiB);
    expect(referenceChunker(polynomials[0]!).nextCut(kernels.u8.subarray(buffer, buffer + maxBytes))).toBe(maxBytes);
    expect(kernels.nextCut(buffer, maxBytes - 1, 0)).toBe(0);
    expect(kernels.nextCut(buffer, maxBytes, 0)).toBe(maxBytes);
    expect(kernels.nextCut(buffer, maxBytes + 1, maxBytes - 1)).toBe(maxBytes);
    kernels.u8.fill(0, buffer + maxBytes, buffer + maxBytes + 64);
    expect(kernels.nextCut(buffer, maxBytes + MiB, 0)).toBe(maxBytes);
  });

  it.each(polynomials)('finds the lowest cut wherever one is, like the reference (polynomial %#)', (polynomial) => {
    const reference = referenceChunker(polynomial);
    const windows = [cutWindow(reference, 0), cutWindow(reference, 4 * MiB)];
    const span = 1_400_000;
    kernels.setPolynomial(polynomial);
    const plants = fc.array(fc.tuple(fc.integer({ min: minBytes - 70, max: span }), fc.nat({ max: 1 })), {
      minLength: 1,
      maxLength: 4,
    });
    const lengths = fc.oneof(
      fc.integer({ min: minBytes - 2, max: span }),
      fc.integer({ min: minBytes - 2, max: minBytes + 3000 }),
    );
    fc.assert(
      fc.property(plants, lengths, fc.nat({ max: 20 * MiB }), (planted, length, from) => {
        const input = Buffer.from(data.subarray(from, from + length));
        for (const [end, which] of planted) {
          if (end <= length) input.set(windows[which]!, end - 64);
        }
        kernels.u8.set(input, buffer);
        expect(kernels.nextCut(buffer, length, 0)).toBe(reference.nextCut(input));
      }),
      { numRuns: 12 },
    );
  });

  it('finds a cut at every place of a lane and across the ends of lanes and blocks', () => {
    const polynomial = polynomials[0]!;
    const window = cutWindow(referenceChunker(polynomial), 0);
    const span = minBytes + 160_000;
    kernels.setPolynomial(polynomial);
    kernels.u8.fill(1, buffer, buffer + span);
    for (let end = minBytes; end < span; end += end < minBytes + 200 ? 1 : 1021) {
      kernels.u8.set(window, buffer + end - 64);
      expect(kernels.nextCut(buffer, span, 0)).toBe(end);
      kernels.u8.fill(1, buffer + end - 64, buffer + end);
    }
  });

  it('goes on from what was searched, in any steps', () => {
    const [polynomial, lengths] = resticChunks[0]!;
    kernels.setPolynomial(polynomial);
    kernels.u8.set(data.subarray(0, 4 * MiB), buffer);
    const start = lengths[0]!;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 8, maxLength: 8 }), (steps) => {
        let length = 0;
        let cut = 0;
        for (const step of [...steps, 3 * MiB]) {
          const scanned = length;
          length = Math.min(length + step, 3 * MiB);
          cut ||= kernels.nextCut(buffer + start, length, scanned);
        }
        expect(cut).toBe(lengths[1]);
      }),
      { numRuns: 20 },
    );
  });

  it('ignores what lies behind the length', () => {
    kernels.setPolynomial(polynomials[0]!);
    kernels.u8.fill(1, buffer, buffer + 2 * MiB);
    kernels.u8.fill(0, buffer + MiB, buffer + MiB + 64);
    expect(kernels.nextCut(buffer, MiB + 63, 0)).toBe(0);
    expect(kernels.nextCut(buffer, MiB + 64, 0)).toBe(MiB + 64);
  });
});
