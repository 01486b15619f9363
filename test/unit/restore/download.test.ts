import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { type ByteString, fromUtf8, fsPath } from '../../../src/base/byte-string.ts';
import { idOf } from '../../../src/format/id.ts';
import { listSnapshots } from '../../../src/repository/mod.ts';
import { type DownloadKind, downloadKinds, openDownload } from '../../../src/restore/mod.ts';
import { faultyBackend } from '../../support/faulty-backend.ts';
import { runOk } from '../../support/run-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { codeOf, memoryRepository, never } from '../repository/test-repository.ts';
import { type Stage, stage, write } from './test-restore.ts';

async function download(
  { repository, source }: Stage,
  names: readonly ByteString[],
  kind: DownloadKind,
  options: { readonly from?: ByteString; readonly signal?: AbortSignal } = {},
): Promise<AsyncIterable<Uint8Array>> {
  await repository.loadIndex(never);
  const stored = (await listSnapshots(repository, { signal: never })).at(-1);
  const paths = names.map((name) => `${fromUtf8(source)}/${name}`.replace(/\/$/, ''));
  const root = stored?.snapshot.tree ?? '';
  return openDownload({ repository, root, paths, kind, from: fromUtf8(source), signal: never, ...options });
}

/** Unpacks an archive by the programs that people have, and gives what came out by path. */
async function unpacked(bytes: AsyncIterable<Uint8Array>, kind: DownloadKind): Promise<Record<string, string>> {
  await using folder = await temporaryFolder();
  const file = folder.at('archive');
  const out = folder.at('out');
  mkdirSync(out);
  writeFileSync(file, Buffer.concat(await Array.fromAsync(bytes)));
  const unzip = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])';
  if (kind === 'zip') await runOk('python3', ['-c', unzip, file, out]);
  else await runOk('tar', [kind === 'tar' ? '-xf' : '-xzf', file, '-C', out]);
  const found: Record<string, string> = {};
  const visit = (path: ByteString): void => {
    for (const entry of readdirSync(fsPath(`${out}/${path}`), { withFileTypes: true, encoding: 'latin1' })) {
      const below = `${path}${entry.name}`;
      if (entry.isDirectory()) visit(`${below}/`);
      // Python's zipfile makes links into files.
      else if (entry.isFile() && entry.name !== 'link')
        found[below] = shown(readFileSync(fsPath(`${out}/${below}`), 'latin1'));
    }
  };
  visit('');
  return found;
}

/** Long contents by their length and hash. */
function shown(content: string): string {
  return content.length < 100 ? content : `${content.length} ${idOf(Buffer.from(content, 'latin1'))}`;
}

const large = Buffer.alloc(3_000_000, 'large and compressible ').toString('latin1');

async function saved(backend = memoryBackend()): Promise<Stage> {
  const made = await stage(await memoryRepository({ backend }));
  write(join(made.source, 'a', 'one.txt'), 'one');
  write(join(made.source, 'a', 'deep', 'two.txt'), large);
  write(join(made.source, 'a', '*'), 'star');
  write(join(made.source, 'b', 'three'), '');
  write(join(made.source, 'four'), 'four');
  symlinkSync('one.txt', join(made.source, 'a', 'link'));
  await made.save();
  return made;
}

describe('openDownload', () => {
  it.each(downloadKinds)('gives what was picked, and no more (%s)', async (kind) => {
    await using made = await saved();
    expect(await unpacked(await download(made, ['a/deep', 'a/*', 'four', 'b'], kind), kind)).toEqual({
      'a/*': 'star',
      'a/deep/two.txt': shown(large),
      'b/three': '',
      four: 'four',
    });
  });

  it.each(downloadKinds)('gives a whole folder without the ones above (%s)', async (kind) => {
    await using made = await saved();
    const from = `${fromUtf8(made.source)}/a`;
    const found = await unpacked(await download(made, ['a/', 'a/one.txt'], kind, { from }), kind);
    expect(found).toEqual({ '*': 'star', 'deep/two.txt': shown(large), 'one.txt': 'one' });
    const everything = await unpacked(await download(made, [''], kind), kind);
    expect(Object.keys(everything).sort()).toEqual(['a/*', 'a/deep/two.txt', 'a/one.txt', 'b/three', 'four']);
  });

  it('keeps names that are no text in a tar, and tells them apart in a zip', async () => {
    await using made = await stage();
    const names = ['\xff', '\xfe', '..\\..\\escaped', 'C:drive', 'a\nb', '-rf', fromUtf8('é')];
    for (const name of names) writeFileSync(fsPath(`${made.source}/${name}`), `content of ${name}`);
    await made.save();
    const tar = await unpacked(await download(made, [''], 'tar'), 'tar');
    expect(Object.keys(tar).sort()).toEqual(names.toSorted());
    const zip = await unpacked(await download(made, [''], 'zip'), 'zip');
    expect(Object.keys(zip).sort()).toEqual(
      [
        '-rf',
        'C:drive',
        'a\nb',
        fromUtf8('..＼..＼escaped'),
        fromUtf8('é'),
        fromUtf8('\ufffd'),
        fromUtf8('\ufffd (2)'),
      ].sort(),
    );
    const contents = (found: Record<string, string>): string[] => Object.values(found).sort();
    expect(contents(zip)).toEqual(contents(tar));
  });

  it('says at once what is not there', async () => {
    await using made = await saved();
    expect(await codeOf(() => download(made, ['a', 'none'], 'zip'))).toBe('not-found');
    expect(await codeOf(() => download(made, [], 'zip'))).toBe('invalid-input');
    expect(await codeOf(() => download(made, ['four'], 'zip', { from: `${fromUtf8(made.source)}/a` }))).toBe(
      'invalid-input',
    );
  });

  it.each(downloadKinds)('reads no more once it is cancelled or left (%s)', async (kind) => {
    const backend = faultyBackend(memoryBackend(), []);
    await using made = await stage(await memoryRepository({ backend }));
    for (let at = 0; at < 40; at++) {
      const noise = crypto.getRandomValues(new Uint8Array(60_000));
      write(
        join(made.source, `f${at}`),
        Buffer.concat(Array.from({ length: 30 }, (_, turn) => noise.map((x) => x ^ turn))),
      );
    }
    await made.save();
    const reads = (): number => backend.calls.filter((call) => call.startsWith('read')).length;
    const abort = new AbortController();
    const cancelled = (await download(made, [''], kind, { signal: abort.signal }))[Symbol.asyncIterator]();
    await cancelled.next();
    abort.abort(new Error('enough'));
    await expect(
      (async () => {
        while ((await cancelled.next()).done !== true);
      })(),
    ).rejects.toThrow('enough');
    const left = (await download(made, [''], kind))[Symbol.asyncIterator]();
    await left.next();
    await left.return?.();
    await new Promise(setImmediate);
    const before = reads();
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(reads()).toBe(before);
    const all = reads();
    await Array.fromAsync(await download(made, [''], kind));
    expect(reads() - all).toBeGreaterThan(4);
  });
});
