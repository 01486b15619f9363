import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Backend, FileType, Handle } from '../../../../src/backend/backend.ts';
import { cached } from '../../../../src/backend/decorators/cache/cached.ts';
import { memoryBackend } from '../../../../src/backend/memory/memory-backend.ts';
import { type FaultyBackend, fail, failAfter, faultyBackend, flipBit } from '../../../support/faulty-backend.ts';
import { removeAll, type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';

const never = new AbortController().signal;

describe('a cache', () => {
  let folder: TemporaryFolder;
  let store: FaultyBackend;
  let backend: Backend;
  beforeEach(async () => {
    folder = await temporaryFolder();
    store = faultyBackend(memoryBackend());
    await store.create(never);
    backend = again();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  /** As another process has it. */
  function again(maxBytes?: number): Backend {
    return cached(store, { folder: folder.path, ...(maxBytes === undefined ? {} : { maxBytes }) });
  }

  /** In the store alone. */
  async function stored(type: FileType, size = 1000): Promise<{ handle: Handle; bytes: Buffer }> {
    const bytes = randomBytes(size);
    const handle = { type, name: createHash('sha256').update(bytes).digest('hex') };
    await store.save(handle, bytes, never);
    return { handle, bytes };
  }

  const asked = () => store.calls.filter((call) => /^(read|readRange|stat) /.test(call)).length;
  const files = () =>
    readdirSync(folder.path, { recursive: true, encoding: 'utf8' })
      .map((path) => join(folder.path, path))
      .filter((path) => statSync(path).isFile() && !path.endsWith('CACHEDIR.TAG'));

  it.each(['index', 'snapshot'] as const)('keeps files of type %s that were read', async (type) => {
    const { handle, bytes } = await stored(type);
    expect(Buffer.from(await backend.read(handle, never)).equals(bytes)).toBe(true);
    expect(Buffer.from(await backend.read(handle, never)).equals(bytes)).toBe(true);
    expect(Buffer.from(await again().read(handle, never)).equals(bytes)).toBe(true);
    expect(asked()).toBe(1);
  });

  it('keeps what is saved, so that it need not be read', async () => {
    const bytes = randomBytes(500);
    const name = createHash('sha256').update(bytes).digest('hex');
    await backend.save({ type: 'index', name }, bytes, never);
    await using writer = await backend.openWriter('data', { metadata: true, signal: never });
    await writer.write(bytes.subarray(0, 100));
    await writer.write(bytes.subarray(100));
    await writer.commit(name);
    await again().read({ type: 'index', name }, never);
    const range = { offset: 100, length: 300 };
    const part = await again().readRange({ type: 'data', name, metadata: true }, range, never);
    expect(Buffer.from(part).equals(bytes.subarray(100, 400))).toBe(true);
    expect(asked()).toBe(0);
  });

  it('keeps nothing that the store refused', async () => {
    const bytes = randomBytes(500);
    const name = createHash('sha256').update(bytes).digest('hex');
    store.plant({ call: 'save', effect: fail('no-space') });
    await expect(backend.save({ type: 'index', name }, bytes, never)).rejects.toMatchObject({ code: 'no-space' });
    expect(files()).toEqual([]);
  });

  it('fetches a pack of trees whole, once, for all who want parts of it', async () => {
    const { handle, bytes } = await stored('data', 100_000);
    const trees = { ...handle, metadata: true };
    const parts = await Promise.all(
      Array.from({ length: 20 }, (_, i) => backend.readRange(trees, { offset: i * 5000, length: 5000 }, never)),
    );
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    expect(store.calls.filter((call) => call.startsWith('read'))).toEqual([`read data/${handle.name}`]);
    expect(Buffer.from(await backend.readRange(trees, { offset: -3, length: 3 }, never))).toEqual(bytes.subarray(-3));
    expect(await backend.stat(trees, never)).toEqual({ name: handle.name, sizeBytes: 100_000 });
    expect(Buffer.from(await again().read(trees, never)).equals(bytes)).toBe(true);
    expect(asked()).toBe(2);
  });

  it('keeps no packs of data, keys, locks, nor the config', async () => {
    for (const type of ['data', 'key', 'lock'] as const) {
      const { handle } = await stored(type);
      await backend.read(handle, never);
      await backend.readRange(handle, { offset: 0, length: 10 }, never);
    }
    await backend.save({ type: 'config', name: 'config' }, randomBytes(10), never);
    await backend.read({ type: 'config', name: 'config' }, never);
    expect(files()).toEqual([]);
  });

  it('says what the store says of a range that a pack does not have, or a pack that is not there', async () => {
    const { handle } = await stored('data', 1000);
    const trees = { ...handle, metadata: true };
    for (const _ of [1, 2]) {
      const beyond = backend.readRange(trees, { offset: 900, length: 101 }, never);
      await expect(beyond).rejects.toMatchObject({ code: 'corrupt' });
    }
    const gone = { type: 'data', name: 'a'.repeat(64), metadata: true } as const;
    await expect(backend.readRange(gone, { offset: 0, length: 1 }, never)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('does not keep what does not match its name, and gives it as the store does', async () => {
    const { handle, bytes } = await stored('index');
    store.plant({ call: 'read', effect: flipBit(8) });
    expect(Buffer.from(await backend.read(handle, never)).equals(bytes)).toBe(false);
    expect(files()).toEqual([]);
    expect(Buffer.from(await backend.read(handle, never)).equals(bytes)).toBe(true);
  });

  it.each([
    ['a flipped bit', (path: string) => flip(path)],
    ['a torn end', (path: string) => truncateSync(path, 400)],
    ['nothing in it', (path: string) => truncateSync(path, 0)],
  ])('fetches a file anew that is damaged on the disk: %s', async (_, damage) => {
    const index = await stored('index');
    const pack = await stored('data');
    const trees = { ...pack.handle, metadata: true };
    await backend.read(index.handle, never);
    await backend.readRange(trees, { offset: 0, length: 10 }, never);
    for (const path of files()) damage(path);
    const other = again();
    expect(Buffer.from(await other.read(index.handle, never)).equals(index.bytes)).toBe(true);
    const part = await other.readRange(trees, { offset: 500, length: 100 }, never);
    expect(Buffer.from(part)).toEqual(pack.bytes.subarray(500, 600));
    for (const path of files())
      expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(path.slice(-64));
    expect(files()).toHaveLength(2);
  });

  it('may be deleted at any time', async () => {
    const { handle, bytes } = await stored('data');
    const trees = { ...handle, metadata: true };
    await backend.readRange(trees, { offset: 0, length: 10 }, never);
    removeAll(folder.path);
    expect(Buffer.from(await backend.readRange(trees, { offset: 10, length: 90 }, never))).toEqual(
      bytes.subarray(10, 100),
    );
    expect(files()).toHaveLength(1);
  });

  it('never fails a call because of its disk', async () => {
    const broken = cached(store, { folder: join('/dev/null', 'cache') });
    const { handle, bytes } = await stored('index');
    for (const _ of [1, 2]) expect(Buffer.from(await broken.read(handle, never)).equals(bytes)).toBe(true);
    expect(await Array.fromAsync(broken.list('index', never))).toHaveLength(1);
  });

  it('drops what a whole listing does not show, and nothing after one that broke', async () => {
    const kept = await stored('index');
    const gone = await stored('index');
    for (const { handle } of [kept, gone]) await backend.read(handle, never);
    await store.remove(gone.handle, never);
    store.plant({ call: 'list', type: 'index', effect: failAfter(0) });
    await expect(Array.fromAsync(backend.list('index', never))).rejects.toMatchObject({ code: 'network' });
    for await (const _ of backend.list('index', never)) break;
    await Array.fromAsync(backend.list('snapshot', never));
    expect(files()).toHaveLength(2);
    await Array.fromAsync(backend.list('index', never));
    expect(files().map((path) => path.slice(-64))).toEqual([kept.handle.name]);
    await backend.remove(kept.handle, never);
    expect(files()).toEqual([]);
  });

  it('holds so much and no more; what was not used for longest goes', async () => {
    const small = again(1_000_000);
    const packs: Handle[] = [];
    for (let n = 0; n < 20; n++) {
      const { handle } = await stored('data', 100_000);
      packs.push({ ...handle, metadata: true });
    }
    const [first] = packs;
    const used = () => files().reduce((sum, path) => sum + statSync(path).size, 0);
    for (const [n, handle] of packs.entries()) {
      await small.readRange(handle, { offset: 0, length: 1 }, never);
      const path = files().find((one) => one.endsWith(handle.name))!;
      utimesSync(path, 1000 + n, handle === first ? 1e9 : 1000 + n);
      expect(used()).toBeLessThanOrEqual(1_000_000);
    }
    expect(files().some((path) => path.endsWith(first!.name))).toBe(true);
    expect(files().some((path) => path.endsWith(packs.at(-1)!.name))).toBe(true);
    expect(used()).toBeGreaterThan(700_000);
  });

  it('clears away caches of repositories that were not used for a month', async () => {
    const old = folder.at('a'.repeat(64), 'index', 'x');
    writeFileSync(old, 'old');
    const recent = folder.at('b'.repeat(64), 'index', 'x');
    writeFileSync(recent, 'recent');
    const foreign = folder.at('notes', 'x');
    writeFileSync(foreign, 'not ours');
    for (const name of ['a'.repeat(64), 'notes']) utimesSync(folder.at(name), new Date(0), new Date(0));
    const { handle } = await stored('index');
    await backend.read(handle, never);
    expect(files()).not.toContain(old);
    expect(files()).toEqual(expect.arrayContaining([recent, foreign]));
  });

  it('is for its user alone, and tagged as a cache', async () => {
    chmodSync(folder.path, 0o755);
    const { handle } = await stored('snapshot');
    await backend.read(handle, never);
    const [path] = files();
    expect(statSync(path!).mode & 0o777).toBe(0o600);
    expect(statSync(join(path!, '..', '..')).mode & 0o777).toBe(0o700);
    const tag = readFileSync(folder.at('CACHEDIR.TAG'), 'utf8');
    expect(tag.startsWith('Signature: 8a477f597d28d172789f06886806bc55')).toBe(true);
  });

  it('of another repository is another one', async () => {
    const other = { ...faultyBackend(memoryBackend()), location: 'memory 2' };
    await other.create(never);
    const { handle } = await stored('index');
    await backend.read(handle, never);
    expect(await Array.fromAsync(cached(other, { folder: folder.path }).list('index', never))).toEqual([]);
    expect(files()).toHaveLength(1);
  });

  it('goes on when the one who fetches a pack for others is cancelled', async () => {
    const { handle, bytes } = await stored('data');
    const trees = { ...handle, metadata: true };
    const control = new AbortController();
    const first = backend.readRange(trees, { offset: 0, length: 10 }, control.signal);
    const second = backend.readRange(trees, { offset: 10, length: 10 }, never);
    control.abort(new Error('stop'));
    await expect(first).rejects.toThrow('stop');
    expect(Buffer.from(await second)).toEqual(bytes.subarray(10, 20));
  });
});

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[77] = (bytes[77] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
