import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Listed, parseListing } from '../../../../src/backend/rest/listing.ts';

async function parsed(...chunks: (string | Uint8Array)[]): Promise<Listed[]> {
  async function* stream() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  return (await Array.fromAsync(parseListing(stream()))).flat();
}

describe('a listing', () => {
  it('of version 1 has names, of version 2 sizes too', async () => {
    expect(await parsed('["a","b"]')).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(await parsed(' [ {"name":"a","size":1}, {"size":0,"name":"b","more":[1,{}]} ]\n')).toEqual([
      { name: 'a', sizeBytes: 1 },
      { name: 'b', sizeBytes: 0 },
    ]);
    expect(await parsed('[]\n')).toEqual([]);
  });

  it('is the same in whatever pieces it comes', async () => {
    const entries = fc.array(fc.record({ name: fc.string({ unit: 'binary' }), size: fc.nat() }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(entries, fc.array(fc.nat(400), { maxLength: 12 }), fc.nat(3), async (list, cuts, space) => {
        const bytes = Buffer.from(JSON.stringify(list, undefined, space));
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, n) => bytes.subarray(at[n], end));
        expect(await parsed(...chunks)).toEqual(
          list.map(({ name, size }) => ({ name: name.toWellFormed(), sizeBytes: size })),
        );
        for (const cut of cuts.filter((one) => one < bytes.length)) {
          await expect(parsed(bytes.subarray(0, cut))).rejects.toThrow(SyntaxError);
        }
      }),
    );
  });

  it.each([
    '',
    '{}',
    '<html>',
    'null',
    '["a"',
    '["a",]',
    '[,]',
    '[1]',
    '[{"name":"a"}]',
    '[{"name":"a","size":-1}]',
    '[] []',
    '["a"'.padEnd(100_000, 'x'),
  ])('is none: %.20s', async (text) => {
    await expect(parsed(text)).rejects.toThrow(SyntaxError);
  });
});
