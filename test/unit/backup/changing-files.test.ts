import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BackupSummary } from '../../../src/backup/report.ts';
import { seededRandom } from '../../support/random.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';
import { memoryRepository } from '../repository/test-repository.ts';
import { backup, problemPaths, readBack } from './test-backup.ts';

/** Called before a file below a test's folder is opened, and after each of its reads (counted from 1 per opening). */
const hooks = vi.hoisted(() => ({
  open: undefined as ((name: string) => void) | undefined,
  read: undefined as ((name: string, count: number) => void) | undefined,
}));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const counts = new Map<number, number>();
  return {
    ...fs,
    openSync: (path: string, ...rest: [number]) => {
      if (path.includes('holdfast-test-')) hooks.open?.(basename(path));
      const fd = fs.openSync(path, ...rest);
      counts.set(fd, 0);
      return fd;
    },
    readSync: (fd: number, ...rest: [Uint8Array, number, number, number]) => {
      const got = fs.readSync(fd, ...rest);
      counts.set(fd, (counts.get(fd) ?? 0) + 1);
      hooks.read?.(basename(fs.readlinkSync(`/proc/self/fd/${fd}`)), counts.get(fd)!);
      return got;
    },
  };
});

afterEach(() => {
  hooks.open = undefined;
  hooks.read = undefined;
});

const kib = 1024;
const mib = 1024 * kib;
const sizes: readonly [string, number][] = [
  ['small', 10 * kib],
  ['medium', 1536 * kib],
  ['large', 17 * mib],
];

/** A folder with the file "victim" and one that is never touched. */
async function withVictim(
  size: number,
): Promise<{ folder: TemporaryFolder; source: string; victim: string; was: Buffer }> {
  const folder = await temporaryFolder();
  const victim = folder.at('source', 'victim');
  const was = seededRandom(size).bytes(size);
  writeFileSync(victim, was);
  writeFileSync(folder.at('source', 'zero'), '');
  writeFileSync(folder.at('source', 'other'), 'other');
  return { folder, source: join(folder.path, 'source'), victim, was };
}

/** Changes bytes in place; the size stays. */
function poke(path: string, text: string, at = 0): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, text, at);
  closeSync(fd);
}

/** `change` runs after that read of the victim. */
function onRead(count: number, change: () => void): void {
  hooks.read = (name, now) => {
    if (name === 'victim' && now === count) change();
  };
}

/** Only the first time. */
function once(change: () => void): () => void {
  let done = false;
  return () => {
    if (!done) change();
    done = true;
  };
}

async function contentsOf(
  repository: Parameters<typeof readBack>[0],
  summary: BackupSummary,
): Promise<Map<string, Buffer>> {
  const saved = await readBack(repository, summary);
  const files = [...saved].filter(([, { content }]) => content !== undefined);
  return new Map(files.map(([path, { content }]) => [basename(path), content!]));
}

describe.skipIf(process.platform !== 'linux')('a file that changes while it is read', () => {
  it.each(sizes)('in place, at every reading: it is named, and read again the next time (%s)', async (_, size) => {
    const { folder, source, victim } = await withVictim(size);
    await using _folder = folder;
    const repository = await memoryRepository();
    let turn = 0;
    onRead(1, () => poke(victim, `turn ${turn++}`));
    const first = await backup(repository, [source]);
    expect(problemPaths(first)).toEqual([victim]);
    expect((await contentsOf(repository, first)).get('other')?.toString()).toBe('other');
    hooks.read = undefined;
    const second = await backup(repository, [source]);
    expect(second.problems).toEqual([]);
    expect(second.files).toEqual({ new: 0, changed: 1, unmodified: 2 });
    expect((await contentsOf(repository, second)).get('victim')?.equals(readFileSync(victim))).toBe(true);
    expect((await backup(repository, [source])).files.unmodified).toBe(3);
  });

  it.each(sizes.slice(0, 2))('once: it is read again until it held still (%s)', async (_, size) => {
    const { folder, source, victim } = await withVictim(size);
    await using _folder = folder;
    const repository = await memoryRepository();
    onRead(
      1,
      once(() => poke(victim, 'changed')),
    );
    const summary = await backup(repository, [source]);
    expect(summary.problems).toEqual([]);
    const saved = (await readBack(repository, summary)).get(victim);
    expect(saved?.content?.equals(readFileSync(victim))).toBe(true);
    expect(saved?.node.mtimeNs).toBe(statSync(victim, { bigint: true }).mtimeNs);
    expect((await backup(repository, [source])).files.unmodified).toBe(3);
  });

  it.each(sizes)('before it is opened: it is saved as it was when read (%s)', async (_, size) => {
    const { folder, source, victim } = await withVictim(size);
    await using _folder = folder;
    const repository = await memoryRepository();
    hooks.open = (name) => {
      if (name !== 'victim') return;
      hooks.open = undefined;
      appendFileSync(victim, 'more');
    };
    const summary = await backup(repository, [source]);
    expect(summary.problems).toEqual([]);
    const saved = (await readBack(repository, summary)).get(victim);
    expect(saved?.content?.equals(readFileSync(victim))).toBe(true);
    expect(saved?.node.size).toBe(size + 4);
    expect((await backup(repository, [source])).files.unmodified).toBe(3);
  });

  it.each([
    ['grows', (path: string) => appendFileSync(path, Buffer.alloc(700 * kib, 'g'))],
    ['shrinks', (path: string) => truncateSync(path, 1000)],
    ['is emptied', (path: string) => truncateSync(path, 0)],
    ['vanishes', (path: string) => rmSync(path)],
  ] as const)('%s: what was read is saved and named, or it was read again', async (_, change) => {
    for (const [, size] of sizes) {
      const { folder, source, victim, was } = await withVictim(size);
      await using _folder = folder;
      const repository = await memoryRepository();
      onRead(
        1,
        once(() => change(victim)),
      );
      const summary = await backup(repository, [source]);
      const content = (await contentsOf(repository, summary)).get('victim');
      const now = existsSync(victim) ? readFileSync(victim) : was;
      if (summary.problems.length === 0) expect(content?.equals(now) || content?.equals(was)).toBe(true);
      else expect(problemPaths(summary)).toEqual([victim]);
      expect((await contentsOf(repository, summary)).get('other')?.toString()).toBe('other');
    }
  });

  it.each(sizes)('grows as fast as it is read: the reading ends all the same (%s)', async (_, size) => {
    const { folder, source, victim } = await withVictim(size);
    await using _folder = folder;
    const repository = await memoryRepository();
    hooks.read = (name) => {
      if (name === 'victim') truncateSync(victim, statSync(victim).size + 3 * mib);
    };
    const signal = AbortSignal.timeout(8000);
    const summary = await backup(repository, [source], { signal });
    expect(problemPaths(summary)).toEqual([victim]);
    expect(summary.snapshotId).toBeDefined();
  });
});

describe.skipIf(process.platform !== 'linux')('a file that is something else when it is opened', () => {
  it.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link', (path: string) => symlinkSync('other', path)],
    ['a fifo', (path: string) => void spawnSync('mkfifo', [path])],
    ['gone', () => undefined],
  ])('%s: it is named and left out, and nothing hangs', async (_, make) => {
    for (const [, size] of sizes) {
      const { folder, source, victim } = await withVictim(size);
      await using _folder = folder;
      const repository = await memoryRepository();
      hooks.open = (name) => {
        if (name !== 'victim') return;
        hooks.open = undefined;
        rmSync(victim);
        make(victim);
      };
      const summary = await backup(repository, [source]);
      expect(problemPaths(summary)).toEqual([victim]);
      expect([...(await contentsOf(repository, summary)).keys()]).toEqual(['other', 'zero']);
      expect(summary.totalFiles).toBe(2);
    }
  });
});

describe.skipIf(process.platform !== 'linux')('a file that cannot be read to its end', () => {
  it.each(sizes)('is named with the cause and left out; the rest is saved (%s)', async (name, size) => {
    const { folder, source, victim } = await withVictim(size);
    await using _folder = folder;
    const repository = await memoryRepository();
    onRead(name === 'small' ? 1 : 3, () => {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    });
    const summary = await backup(repository, [source]);
    expect(summary.problems.map(({ path, error }) => [path, error.code, error.context.systemCode])).toEqual([
      [victim, 'io', 'EIO'],
    ]);
    expect([...(await contentsOf(repository, summary)).keys()]).toEqual(['other', 'zero']);
    hooks.read = undefined;
    const second = await backup(repository, [source]);
    expect((await contentsOf(repository, second)).get('victim')?.equals(readFileSync(victim))).toBe(true);
  });
});

describe('sizes of files', () => {
  it.each([
    ['nothing', 0, 0],
    ['a byte', 1, 1],
    ['the least chunk less one', 512 * kib - 1, 1],
    ['the least chunk', 512 * kib, 1],
    ['the least chunk and one', 512 * kib + 1, 2],
    ['the largest chunk', 8 * mib, 16],
    ['shared by all workers', 16 * mib + 1, 33],
  ])('zeros, %s: %i bytes in %i chunks', async (_, size, chunks) => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('file'), Buffer.alloc(size));
    const repository = await memoryRepository();
    const saved = (await readBack(repository, await backup(repository, [folder.at('file')]))).get(folder.at('file'));
    expect(saved?.content?.equals(Buffer.alloc(size))).toBe(true);
    expect(saved?.node.content).toHaveLength(chunks);
  });

  it.skipIf(process.platform !== 'linux')('a file of size 0 that has content all the same', async () => {
    const repository = await memoryRepository();
    const saved = (await readBack(repository, await backup(repository, ['/proc/version']))).get('/proc/version');
    expect(saved?.content?.toString()).toBe(readFileSync('/proc/version', 'utf8'));
    expect(saved?.node.size).toBe(saved?.content?.length);
  });
});
