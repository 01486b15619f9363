import { readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ArchiveCache } from '../../../src/server/backups/archive-cache.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function rig(mostBytes = 100) {
  const folder = await temporaryFolder();
  const path = folder.at('archives');
  const cache = new ArchiveCache({ folder: path, mostBytes: () => mostBytes });
  return {
    cache,
    names: () => readdirSync(path).sort(),
    path,
    async put(id: string, ...pieces: string[]) {
      await using writer = await cache.writer(id);
      for (const piece of pieces) await writer.write(Buffer.from(piece));
      await cache.keep(writer, id, 'sum');
    },
    async read(id: string, start = 0, end = 10) {
      const bytes = await cache.read(id, 'sum', start, end);
      return bytes === undefined
        ? undefined
        : Buffer.concat(await Array.fromAsync(bytes as AsyncIterable<Buffer>)).toString();
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('ArchiveCache', () => {
  it('gives what was written, whole or a part, for nobody else to read', async () => {
    await using r = await rig();
    await r.put('a', '01234', '56789');
    expect([await r.read('a'), await r.read('a', 3, 6)]).toEqual(['0123456789', '345']);
    expect(await r.read('b')).toBeUndefined();
    expect(await r.cache.read('a', 'other sum', 0, 10)).toBeUndefined();
    expect([statSync(r.path).mode & 0o777, statSync(`${r.path}/a-sum`).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it('keeps nothing of what was not finished', async () => {
    await using r = await rig();
    {
      await using writer = await r.cache.writer('a');
      await writer.write(Buffer.from('half'));
    }
    expect(r.names()).toEqual([]);
  });

  it('lets the least used go where there is too much, and takes none that is larger than all of it', async () => {
    await using r = await rig(25);
    for (const id of ['a', 'b']) {
      await r.put(id, '0123456789');
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await r.read('a');
    await new Promise((resolve) => setTimeout(resolve, 15));
    await r.put('c', '0123456789');
    expect(r.names()).toEqual(['a-sum', 'c-sum']);
    await r.put('d', '0'.repeat(20), '0'.repeat(20));
    expect(r.names()).toEqual(['a-sum', 'c-sum']);
  });

  it('removes all of a backup', async () => {
    await using r = await rig();
    await r.put('a', '0123456789');
    await r.cache.remove('a');
    expect([r.names(), await r.read('a')]).toEqual([[], undefined]);
  });

  it('is off at 0, and no trouble where the folder cannot be used', async () => {
    await using off = await rig(0);
    await off.put('a', '0123456789');
    expect(await off.read('a')).toBeUndefined();
    const broken = new ArchiveCache({ folder: '/dev/null/archives', mostBytes: () => 100 });
    await using writer = await broken.writer('a');
    await writer.write(Buffer.from('x'));
    await broken.keep(writer, 'a', 'sum');
    expect(await broken.read('a', 'sum', 0, 1)).toBeUndefined();
    await broken.remove('a');
  });
});
