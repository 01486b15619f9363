import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../../src/kernels/kernels.ts';
import { Poly1305 } from '../../../src/kernels/poly1305.ts';
import { referencePoly1305 } from '../../../src/kernels/reference/poly1305.ts';

const kernels = loadKernels({ memoryBytes: 1024 * 1024 });
const rs = kernels.alloc(32);
const tag = kernels.alloc(16);
const message = kernels.alloc(300_000);

/** The tag by each implementation: in kernel memory, incrementally, and by definition. */
const implementations: readonly (readonly [string, (key: Uint8Array, text: Uint8Array) => Uint8Array])[] = [
  [
    'kernel',
    (key, text) => {
      kernels.u8.set(key, rs);
      kernels.u8.set(text, message);
      kernels.poly1305(rs, message, text.length, tag);
      return kernels.u8.slice(tag, tag + 16);
    },
  ],
  ['incremental', (key, text) => new Poly1305(key).update(text).digest()],
  ['reference', referencePoly1305],
];

const ietf =
  'Any submission to the IETF intended by the Contributor for publication as all or part of an IETF Internet-Draft or RFC and any statement made within the context of an IETF activity is considered an "IETF Contribution". Such statements include oral statements in IETF sessions, as well as written and electronic communications made at any time or place, which are addressed to';
const jabberwocky =
  "'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\nAll mimsy were the borogoves,\nAnd the mome raths outgrabe.";
const text = (ascii: string): string => Buffer.from(ascii).toString('hex');
const ff = 'ff'.repeat(16);
const low = (byte: string): string => byte + '00'.repeat(15);
const s36 = '36e5f6b5c5e06070f0efca96227a863e';

/** r, s, message, tag: RFC 8439, section 2.5.2 and appendix A.3, numbers 1 to 11. */
const vectors = [
  [
    '85d6be7857556d337f4452fe42d506a8',
    '0103808afb0db2fd4abff6af4149f51b',
    text('Cryptographic Forum Research Group'),
    'a8061dc1305136c6c22b8baf0c0127a9',
  ],
  ['00'.repeat(16), '00'.repeat(16), '00'.repeat(64), '00'.repeat(16)],
  ['00'.repeat(16), s36, text(ietf), s36],
  [s36, '00'.repeat(16), text(ietf), 'f3477e7cd95417af89a6b8794c310cf0'],
  [
    '1c9240a5eb55d38af333888604f6b5f0',
    '473917c1402b80099dca5cbc207075c0',
    text(jabberwocky),
    '4541669a7eaaee61e708dc7cbcc5eb62',
  ],
  [low('02'), '00'.repeat(16), ff, low('03')],
  [low('02'), ff, low('02'), low('03')],
  [low('01'), '00'.repeat(16), `${ff}f0${'ff'.repeat(15)}11${'00'.repeat(15)}`, low('05')],
  [low('01'), '00'.repeat(16), `${ff}fb${'fe'.repeat(15)}${'01'.repeat(16)}`, '00'.repeat(16)],
  [low('02'), '00'.repeat(16), `fd${'ff'.repeat(15)}`, `fa${'ff'.repeat(15)}`],
  [
    '01000000000000000400000000000000',
    '00'.repeat(16),
    `e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000${'00'.repeat(16)}01${'00'.repeat(15)}`,
    '14000000000000005500000000000000',
  ],
  [
    '01000000000000000400000000000000',
    '00'.repeat(16),
    `e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000${'00'.repeat(16)}`,
    `13${'00'.repeat(15)}`,
  ],
] as const;

describe.each(implementations)('Poly1305 by the %s', (_name, authenticate) => {
  it.each(vectors)('gives the tag of the RFC (r %s, s %s)', (r, s, input, expected) => {
    const result = authenticate(Buffer.from(r + s, 'hex'), Buffer.from(input, 'hex'));
    expect(Buffer.from(result).toString('hex')).toBe(expected);
  });
});

/** Random bytes, or all ones, which make every carry happen. */
function material(seed: number, length: number): Uint8Array {
  if (seed % 4 === 0) return Buffer.alloc(length, 0xff);
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

describe('Poly1305 on random input', () => {
  const seeds = fc.nat({ max: 0x7fffffff });
  const kernel = implementations[0]![1];

  it('agrees with the definition at every length around the blocks', () => {
    for (let length = 0; length <= 400; length++) {
      const key = material(length + 1, 32);
      expect(kernel(key, material(length, length))).toEqual(referencePoly1305(key, material(length, length)));
    }
  });

  it('agrees with the definition on long messages', () => {
    fc.assert(
      fc.property(seeds, seeds, fc.nat({ max: 20_000 }), (keySeed, seed, length) => {
        const key = material(keySeed, 32);
        expect(kernel(key, material(seed, length))).toEqual(referencePoly1305(key, material(seed, length)));
      }),
      { numRuns: 60 },
    );
  });

  it('does not depend on how the message is split, with several in progress', () => {
    const pieces = fc.array(fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 70_000 })), { maxLength: 6 });
    fc.assert(
      fc.property(seeds, pieces, (seed, lengths) => {
        const key = material(seed, 32);
        const whole = material(
          seed + 1,
          lengths.reduce((sum, length) => sum + length, 0),
        );
        const authenticator = new Poly1305(key);
        let at = 0;
        for (const length of lengths) {
          new Poly1305(material(seed + 2, 32)).update(whole.subarray(0, 100)).digest();
          authenticator.update(whole.subarray(at, at + length));
          at += length;
        }
        expect(authenticator.digest()).toEqual(kernel(key, whole));
      }),
      { numRuns: 40 },
    );
  });
});

describe('class Poly1305', () => {
  it('refuses a key of another length', () => {
    expect(() => new Poly1305(new Uint8Array(16))).toThrowError(expect.objectContaining({ code: 'internal' }));
  });

  it('refuses to go on after the tag was given', () => {
    const finished = new Poly1305(new Uint8Array(32));
    finished.digest();
    expect(() => finished.update(new Uint8Array(1))).toThrowError(expect.objectContaining({ code: 'internal' }));
    expect(() => finished.digest()).toThrowError(expect.objectContaining({ code: 'internal' }));
  });
});
