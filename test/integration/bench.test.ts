/** The bench itself: its data sets, its measuring and its verdicts, and one quick run from end to end. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSet, manifestOf } from '../bench/datasets/make-set.ts';
import { type Measurement, measure } from '../bench/measure.ts';
import { PROJECT } from '../bench/programs.ts';
import { median, missesOf, ratioOf, type Series, seriesOf } from '../bench/results.ts';
import { WORKS } from '../bench/works.ts';
import { requireTool } from '../support/tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-bench-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('data sets', () => {
  // The hashes change only together with GENERATOR_VERSION: figures of different machines must be of the same data.
  it.each([
    ['small', 1700, '2dc0d1fb28ac310563d17b241608fa5f3800cf257b582197a0a00f6491742c37'],
    ['large', 1, '37e0c382a477f8cf882f5f6e6452fa21d3ab585279a555f7e42d8fdc7bc99053'],
    ['dedup', 4, '67e5d9bed619d334dfb8fba9b51b3c6d5119d0a0e468f809995716b0a6259987'],
    ['growth-10k', 100, 'e2a674a3215fcc440417a144ed7826dad4e968a1ed6ed72ffd03a464cf4183f9'],
  ] as const)('%s is the same on every machine', async (name, files, hash) => {
    const { manifest } = await makeSet(name, 0.01, folder);
    expect(manifest).toMatchObject({ files, hash });
  });

  it('takes the set that is there, and makes it anew when one byte differs', async () => {
    const first = await makeSet('growth-10k', 0.01, folder);
    expect((await makeSet('growth-10k', 0.01, folder)).reused).toBe(true);

    const victim = readdirSync(first.folder, { recursive: true, encoding: 'utf8' }).find((path) =>
      path.endsWith('-1.txt'),
    );
    writeFileSync(join(first.folder, victim ?? ''), 'x');
    expect((await manifestOf(first.folder)).hash).not.toBe(first.manifest.hash);
    const again = await makeSet('growth-10k', 0.01, folder);
    expect(again).toMatchObject({ reused: false, manifest: first.manifest });
  });
});

describe('measure', () => {
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin' };
  const script = (text: string) => ({ file: process.execPath, args: ['-e', text], env });
  const never = new AbortController().signal;

  it('sees time, processor time and the memory of a child process of the program', async () => {
    const hungry = `require('child_process').spawnSync(process.execPath, ['-e', 'Buffer.alloc(3e8, 1)'])`;
    const lazy = await measure(script(''), never);
    const measured = await measure(script(hungry), never);
    expect(lazy.peakBytes).toBeLessThan(2e8);
    expect(measured.peakBytes).toBeGreaterThan(3e8);
    expect(measured.peakBytes).toBeLessThan(5e8);
    expect(measured.cpuSeconds).toBeGreaterThan(0.01);
    expect(measured.seconds).toBeGreaterThan(lazy.seconds / 2);
  });

  it('asks /proc where GNU time is missing', async () => {
    const measured = await measure(script('Buffer.alloc(3e8, 1); setTimeout(() => {}, 100)'), never, '/nowhere/time');
    expect(measured.peakBytes).toBeGreaterThan(3e8);
    expect(measured.peakBytes).toBeLessThan(5e8);
    expect(measured.cpuSeconds).toBeGreaterThan(0.01);
  });

  it('fails with the output of a program that fails', async () => {
    await expect(measure(script('console.error("no such thing"); process.exit(3)'), never)).rejects.toThrow(
      /ended with code 3:\nno such thing/,
    );
  });

  it('kills the program when it is cancelled', async () => {
    const abort = new AbortController();
    const running = measure(script('console.log("up"); setInterval(() => {}, 1000)'), abort.signal);
    setImmediate(() => abort.abort(new Error('enough')));
    await expect(running).rejects.toThrow('enough');
  });
});

describe('verdicts', () => {
  const run = (seconds: number, peakBytes: number): Measurement => {
    return { seconds, peakBytes, cpuSeconds: seconds, othersShare: 0, output: '' };
  };
  const series = (seconds: number, peakBytes: number, repositoryBytes?: number): Series =>
    seriesOf([run(seconds, peakBytes)], repositoryBytes);
  const work = WORKS.find(({ name }) => name === 'backup-small')!;

  it('takes the median of times and the worst of memory', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(seriesOf([run(5, 10), run(1, 30), run(2, 20)], undefined)).toMatchObject({ seconds: 2, peakBytes: 30 });
  });

  it('passes what is just good enough', () => {
    const result = { work, restic: series(24, 1, 1000), holdfast: series(10, 250e6, 1020) };
    expect(ratioOf(result)).toBeCloseTo(2.4);
    expect(missesOf(result)).toEqual([]);
  });

  it('names everything that is missed', () => {
    const result = { work, restic: series(24, 1, 1000), holdfast: series(10.1, 251e6, 1021) };
    expect(missesOf(result)).toEqual(['time', 'memory', 'size']);
  });
});

const restic = requireTool('restic');
describe.skipIf(restic === undefined)('a quick run', () => {
  const ours = process.env.HOLDFAST_TEST_COMMAND === undefined ? [] : ['--ours', process.env.HOLDFAST_TEST_COMMAND];

  it('measures every work with both programs, and leaves nothing but the data sets', async () => {
    const json = join(folder, 'result.json');
    const args = [join(PROJECT, 'test/bench/run.ts'), '--selftest', '--dir', folder, '--json', json, ...ours];
    const { stdout } = await promisify(execFile)(process.execPath, args, { encoding: 'utf8' });
    const result = JSON.parse(readFileSync(json, 'utf8'));
    expect(result.works.map(({ work }: { work: { name: string } }) => work.name)).toEqual([
      ...['backup-small', 'no-change-small', 'restore-small', 'check-small', 'prune-small', 'search-small'],
      ...['backup-dedup', 'backup-growth-10k', 'no-change-growth-10k'],
    ]);
    for (const { restic: theirs, holdfast: ours } of result.works) {
      expect(theirs.seconds).toBeGreaterThan(0);
      expect(ours.seconds).toBeGreaterThan(0);
      expect(ours.peakBytes).toBeGreaterThan(1e6);
    }
    expect(result.watch.idle.map(({ kind }: { kind: string }) => kind)).toEqual(['chokidar', 'lean']);
    expect(result.watch.changeSeconds).toBeGreaterThan(0);
    for (const { blobs, bytes } of result.indexBytesPerBlob) expect(bytes / blobs).toBeLessThanOrEqual(64);
    expect(stdout).toMatch(/first backup, small +\d/);
    expect(readdirSync(folder).sort()).toEqual(['result.json', 'sets']);
  }, 240_000);
});
