import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DrillOptions, type DrillResult, runDrill } from '../../../../src/agent/drill/run-drill.ts';
import { sampleFiles } from '../../../../src/agent/drill/sample.ts';
import { fsPath, toUtf8 } from '../../../../src/base/byte-string.ts';
import { listSnapshots } from '../../../../src/repository/mod.ts';
import { namesOf, never, overwrite } from '../../repository/test-repository.ts';
import { type Stage, stage, write } from '../../restore/test-restore.ts';

/** A small generator with a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function drill(made: Stage, options: Partial<DrillOptions> = {}): Promise<DrillResult> {
  const snapshots = await listSnapshots(made.repository, { signal: never });
  return runDrill({
    repository: made.repository,
    snapshots,
    sampleFiles: 100,
    sampleBytes: 1_000_000,
    scratchFolder: made.folder.at('scratch', 'here').replace(/\/here$/, ''),
    hostname: 'test',
    random: seeded(1),
    threads: 0,
    lock: false,
    signal: never,
    ...options,
  });
}

async function saved(files: number): Promise<Stage> {
  const made = await stage();
  for (let at = 0; at < files; at++) write(join(made.source, `d${at % 3}`, `f${at}`), `content ${at} `.repeat(at + 1));
  writeFileSync(fsPath(`${made.source}/*\xff`), 'odd');
  await made.save();
  return made;
}

const scratchOf = (made: Stage): string[] => readdirSync(join(made.folder.path, 'scratch'));

describe('runDrill', () => {
  it('proves what it restores, compares it with the source, and leaves nothing', async () => {
    await using made = await saved(9);
    const result = await drill(made);
    expect(result).toMatchObject({ files: 10, comparedWithSource: 10, tooLarge: 0 });
    expect([result.failures, result.sourceDiffers, result.incomplete]).toEqual([[], [], []]);
    expect(scratchOf(made)).toEqual([]);
  });

  it('takes no more files and bytes than it may', async () => {
    await using made = await saved(30);
    const few = await drill(made, { sampleFiles: 4 });
    expect(few.files).toBe(4);
    const small = await drill(made, { sampleBytes: 300 });
    expect(small.bytes).toBeLessThanOrEqual(300);
    expect(small.files).toBeGreaterThan(0);
    expect(small.tooLarge).toBeGreaterThan(0);
    expect((await drill(made, { sampleBytes: 0 })).files).toBe(0);
  });

  it('finds a flipped bit, and names the file and what is damaged', async () => {
    await using made = await saved(9);
    const { backend } = made.repository;
    for (const name of await namesOf(backend, 'data')) {
      const bytes = (await backend.read({ type: 'data', name }, never)).slice();
      const holdsData = [...(made.repository.index.blobsByPack().get(name) ?? [])].some(({ type }) => type === 'data');
      if (!holdsData) continue;
      bytes[40] = bytes[40]! ^ 1;
      await overwrite(backend, { type: 'data', name }, bytes);
    }
    const result = await drill(made);
    expect(result.failures).toHaveLength(1);
    expect(result.failures[0]?.path.startsWith(made.source)).toBe(true);
    expect(result.failures[0]?.error.code).toBe('corrupt');
    expect(result.failures[0]?.error.message).toMatch(/pack [0-9a-f]{64}/);
    expect(result.files).toBe(9);
    expect(result.sourceDiffers).toEqual([]);
    expect(scratchOf(made)).toEqual([]);
  });

  it('tells a source that was changed in silence from a damaged backup', async () => {
    await using made = await saved(3);
    const path = join(made.source, 'd1', 'f1');
    const { atime, mtime } = statSync(path);
    const content = readFileSync(path, 'utf8');
    writeFileSync(path, content.toUpperCase());
    utimesSync(path, atime, mtime);
    const result = await drill(made);
    expect(result.failures).toEqual([]);
    expect(result.sourceDiffers.map((one) => toUtf8(one.path))).toEqual([path]);
    expect(result).toMatchObject({ files: 4, comparedWithSource: 4 });
  });

  it('does not compare with what was changed since, is gone, or is of another host', async () => {
    await using made = await saved(3);
    writeFileSync(join(made.source, 'd0', 'f0'), 'another');
    writeFileSync(fsPath(`${made.source}/*\xff`), 'odd and longer');
    expect(await drill(made)).toMatchObject({ files: 4, comparedWithSource: 2, sourceDiffers: [] });
    expect(await drill(made, { hostname: 'other' })).toMatchObject({ files: 4, comparedWithSource: 0 });
  });

  it('takes its part from each snapshot', async () => {
    await using made = await saved(6);
    write(join(made.source, 'later'), 'later');
    await made.save();
    const result = await drill(made, { sampleFiles: 6 });
    expect(result.snapshotIds).toHaveLength(2);
    expect(result.files).toBe(6);
  });

  it('leaves nothing when it is cancelled, nor what one before left that was killed', async () => {
    await using made = await saved(9);
    const old = made.folder.at('scratch', 'holdfast-drill-999999999-x', 'locked', 'file');
    writeFileSync(old, 'old');
    chmodSync(join(old, '..'), 0o500);
    const abort = new AbortController();
    const onProgress: DrillOptions['onProgress'] = ({ phase }) => {
      if (phase === 'comparing') abort.abort(new Error('enough'));
    };
    await expect(drill(made, { signal: abort.signal, onProgress })).rejects.toThrow('enough');
    expect(scratchOf(made)).toEqual([]);
  });

  it('removes folders that were restored without leave to write', async () => {
    await using made = await stage();
    mkdirSync(join(made.source, 'closed'));
    write(join(made.source, 'closed', 'file'), 'x');
    chmodSync(join(made.source, 'closed'), 0o500);
    await made.save();
    expect((await drill(made)).files).toBe(1);
    expect(scratchOf(made)).toEqual([]);
    chmodSync(join(made.source, 'closed'), 0o700);
    expect(existsSync(join(made.source, 'closed', 'file'))).toBe(true);
  });
});

describe('sampleFiles', () => {
  it('gives each file the same chance, and large ones a place', async () => {
    await using made = await stage();
    for (let at = 0; at < 20; at++) write(join(made.source, `f${at}`), 'x');
    write(join(made.source, 'large'), 'x'.repeat(5000));
    await made.save();
    await made.repository.loadIndex(never);
    const [stored] = await listSnapshots(made.repository, { signal: never });
    const counts = new Map<string, number>();
    const random = seeded(7);
    for (let turn = 0; turn < 200; turn++) {
      const options = { root: stored?.snapshot.tree ?? '', files: 4, bytes: 10_000, random, signal: never };
      const onDamaged = (): never => {
        throw new Error('damaged');
      };
      for (const { path } of (await sampleFiles(made.repository, { ...options, onDamaged })).files) {
        const name = path.slice(made.source.length + 1);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    expect(counts.get('large')).toBeGreaterThan(190);
    const others = [...counts].filter(([name]) => name !== 'large').map(([, count]) => count);
    expect(others).toHaveLength(20);
    expect(Math.min(...others)).toBeGreaterThan(10);
    expect(Math.max(...others)).toBeLessThan(60);
  });
});
