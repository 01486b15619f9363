import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeIndex, type IndexVisitor, scanIndex } from '../../../src/format/index-file.ts';
import type { PackedBlob } from '../../../src/format/pack-header.ts';
import { garbage, id, outcome } from './generators.ts';

type Pack = { id: string; blobs: PackedBlob[] };

const blob: fc.Arbitrary<PackedBlob> = fc.record(
  {
    type: fc.constantFrom('data' as const, 'tree' as const),
    id,
    offset: fc.nat(0xffffffff),
    length: fc.integer({ min: 32, max: 0xffffffff }),
    uncompressedLength: fc.integer({ min: 1, max: 0xffffffff }),
  },
  { requiredKeys: ['type', 'id', 'offset', 'length'] },
);
const packs: fc.Arbitrary<Pack[]> = fc.array(fc.record({ id, blobs: fc.array(blob, { maxLength: 4 }) }), {
  maxLength: 4,
});

function collect(json: Uint8Array | string): { packs: Pack[]; supersedes: string[] } {
  const found = { packs: [] as Pack[], supersedes: [] as string[] };
  const visitor: IndexVisitor = {
    pack: (packId) => void found.packs.push({ id: packId, blobs: [] }),
    blob: (next) => void found.packs.at(-1)?.blobs.push(next),
    supersedes: (ids) => void found.supersedes.push(...ids),
  };
  scanIndex(typeof json === 'string' ? Buffer.from(json) : json, visitor);
  return found;
}

/** The same values with other white space (or none), and sometimes members of objects in another order. */
function relayout(value: unknown, next: () => number): string {
  const space = (): string => (next() % 3 === 0 ? [' ', '\n', '\t', '  \r\n'][next() % 4]! : '');
  if (typeof value !== 'object' || value === null) return `${space()}${JSON.stringify(value)}${space()}`;
  if (Array.isArray(value)) return `${space()}[${value.map((item) => relayout(item, next)).join(',')}${space()}]`;
  const members = Object.entries(value).map(([key, item]) => `${space()}"${key}"${space()}:${relayout(item, next)}`);
  if (next() % 5 === 0) members.reverse();
  return `${space()}{${members.join(',')}${space()}}`;
}

function parsedOrNot(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const usual = `{"packs":[{"id":"${A}","blobs":[{"id":"${B}","type":"data","offset":0,"length":40}]}]}\n`;

describe('index files', () => {
  it('are written as restic writes them', () => {
    const blobs: PackedBlob[] = [
      { id: B, type: 'data', offset: 0, length: 40 },
      { id: A, type: 'tree', offset: 40, length: 50, uncompressedLength: 99 },
    ];
    expect(Buffer.from(encodeIndex([{ id: A, blobs }])).toString()).toBe(
      `{"packs":[{"id":"${A}","blobs":[{"id":"${B}","type":"data","offset":0,"length":40},` +
        `{"id":"${A}","type":"tree","offset":40,"length":50,"uncompressed_length":99}]}]}\n`,
    );
    expect(Buffer.from(encodeIndex([])).toString()).toBe('{"packs":[]}\n');
  });

  it('come back as they were written', () => {
    fc.assert(
      fc.property(packs, (list) => {
        expect(collect(encodeIndex(list)).packs).toEqual(list);
      }),
    );
  });

  it('say the same in any layout as a JSON parser reads there', () => {
    fc.assert(
      fc.property(packs, fc.array(fc.nat(1000), { minLength: 7, maxLength: 23 }), (list, dice) => {
        let at = 0;
        const parsed: unknown = JSON.parse(Buffer.from(encodeIndex(list)).toString());
        const text = relayout(parsed, () => dice[at++ % dice.length]! + at);
        expect(JSON.parse(text)).toEqual(parsed);
        expect(collect(text).packs).toEqual(list);
      }),
      { numRuns: 300 },
    );
  });

  it('may turn unusual at any byte', () => {
    let same = 0;
    for (let at = 0; at <= usual.length; at++) {
      const text = `${usual.slice(0, at)} ${usual.slice(at)}`;
      const expected = parsedOrNot(text);
      if (expected === undefined) expect(outcome(() => collect(text))).toBe('refused');
      else if (JSON.stringify(expected) !== JSON.stringify(JSON.parse(usual))) outcome(() => collect(text));
      else {
        expect(collect(text)).toEqual(collect(usual));
        same++;
      }
    }
    expect(same).toBeGreaterThan(30);
  });

  it('may have unknown fields, nulls, superseded files, and the oldest layout', () => {
    const packsText = usual.trim().slice(9, -1);
    expect(collect(`{"supersedes":["${A}"],"packs":${packsText}}`)).toEqual({ ...collect(usual), supersedes: [A] });
    expect(collect(`{"packs":${packsText},"later":{"x":[1]}}`)).toEqual(collect(usual));
    expect(collect(packsText)).toEqual(collect(usual));
    expect(collect('{"packs":null}').packs).toEqual([]);
    expect(collect(`{"packs":[{"id":"${A}","blobs":null}]}`).packs).toEqual([{ id: A, blobs: [] }]);
  });

  it.each([
    usual.replace('"length":40', '"length":31'),
    usual.replace('"length":40', '"length":4294967296'),
    usual.replace('"length":40', '"length":040'),
    usual.replace('"length":40', '"length":4e1000'),
    usual.replace('"offset":0', '"offset":-1'),
    usual.replace('"offset":0', '"offset":1.5'),
    usual.replace('data', 'date'),
    usual.replace(B, B.toUpperCase()),
    usual.replace(A, A.slice(1)),
    usual.trim().slice(0, -1),
    `${usual}x`,
    usual.replace(']}]}', `]}],"packs":[]}`),
    usual.replace(']}]}', `],"id":"${B}"}]}`),
    '{"packs":{}}',
    '[1]',
    'null',
    '',
  ])('are refused when damaged: %s', (text) => {
    expect(() => collect(text)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });

  it('of any bytes are taken or refused', () => {
    fc.assert(
      fc.property(garbage(Buffer.from(usual)), (bytes) => void outcome(() => collect(bytes))),
      { numRuns: 500 },
    );
  });
});
