import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type IngestArchiveOptions, ingestArchive } from '../../../src/backup/mod.ts';
import type { Repository } from '../../../src/repository/mod.ts';
import { loadSnapshot } from '../../../src/repository/snapshots.ts';
import { paxItem, tarItem, tarOf } from '../../support/tar-bytes.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { zipOf } from '../../support/zip-bytes.ts';
import { memoryRepository, namesOf, never } from '../repository/test-repository.ts';
import { quickClock } from './quick-clock.ts';
import { readBack } from './test-backup.ts';

async function ingest(repository: Repository, bytes: Uint8Array, options: Partial<IngestArchiveOptions> = {}) {
  await using folder = await temporaryFolder();
  writeFileSync(folder.at('archive'), bytes);
  return await ingestArchive({
    repository,
    archive: { path: folder.at('archive') },
    identity: { hostname: 'elsewhere', username: 'somebody' },
    programVersion: 'holdfast test',
    threads: 0,
    clock: quickClock,
    signal: never,
    ...options,
  });
}

const tar = tarOf(
  { name: 'dir/', type: '5', mode: 0o750 },
  { name: 'dir/file', content: 'one' },
  { name: 'other/deep/file', content: 'two' },
);
const zip = zipOf(
  { name: 'dir/' },
  { name: 'dir/file', content: 'one', method: 8 },
  { name: 'other/deep/file', content: 'two' },
);

describe('an archive as a snapshot', () => {
  it.each([
    ['tar', tar],
    ['tar.gz', gzipSync(tar)],
    ['zip', zip],
  ])('has its files, with the host, tags, time and place that were asked for: %s', async (_, bytes) => {
    const repository = await memoryRepository();
    const time = new Date(Date.UTC(2023, 4, 6));
    const summary = await ingest(repository, bytes, { tags: ['imported'], time, prefix: '/from/afar' });
    const { snapshot } = await loadSnapshot(repository, summary.snapshotId!, never);
    expect(snapshot).toMatchObject({ hostname: 'elsewhere', tags: ['imported'], paths: ['/from/afar'] });
    expect(snapshot.time).toMatch(/^2023-05-06T/);
    const items = await readBack(repository, summary);
    expect([...items].map(([path, { content }]) => [path, content?.toString()])).toEqual([
      ['/from', undefined],
      ['/from/afar', undefined],
      ['/from/afar/dir', undefined],
      ['/from/afar/dir/file', 'one'],
      ['/from/afar/other', undefined],
      ['/from/afar/other/deep', undefined],
      ['/from/afar/other/deep/file', 'two'],
    ]);
    const again = await ingest(repository, bytes, { prefix: '/from/afar', time });
    expect(again).toMatchObject({ dataBlobs: 0, treeBlobs: 0, tree: summary.tree, files: { unmodified: 2 } });
  });

  it.each<[string, Uint8Array, string | undefined]>([
    ['a name twice', tarOf({ name: 'a' }, { name: 'a' }), '/a'],
    ['a folder twice', tarOf({ name: 'a/', type: '5' }, { name: 'a', type: '5' }), '/a'],
    ['a file that is a folder', tarOf({ name: 'a/b' }, { name: 'a' }), '/a'],
    ['a folder that is a file', tarOf({ name: 'a' }, { name: 'a/b' }), '/a/b'],
    ['leading out', tarOf({ name: 'a', content: 'x' }, paxItem({ path: '../b' }), { name: 'x' }), undefined],
    ['cut short', tarItem({ name: 'a', content: 'x'.repeat(2000) }).subarray(0, 1500), undefined],
    ['a bad checksum', zipOf({ name: 'a', content: 'x', crc: 1 }), undefined],
    ['no archive', Buffer.from('hello'), undefined],
  ])('that cannot be trusted makes none: %s', async (_, bytes, path) => {
    const repository = await memoryRepository();
    await expect(ingest(repository, bytes)).rejects.toMatchObject({
      code: 'invalid-input',
      ...(path === undefined ? {} : { context: { path } }),
    });
    for (const type of ['snapshot', 'lock'] as const) expect(await namesOf(repository.backend, type)).toEqual([]);
  });

  it('below a link there can be nothing', async () => {
    const bytes = tarOf({ name: 'a', type: '2', linkName: 'b' }, { name: 'a/x', content: 'x' });
    await expect(ingest(await memoryRepository(), bytes, { links: 'keep-relative' })).rejects.toMatchObject({
      code: 'invalid-input',
      context: { path: '/a/x' },
    });
  });

  it('a file that is not there is named', async () => {
    const run = ingest(await memoryRepository(), tar, { archive: { path: '/nowhere/archive' } });
    await expect(run).rejects.toMatchObject({ code: 'not-found' });
  });
});
