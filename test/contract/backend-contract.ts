/**
 * What every backend must do: the port's doc comment (src/backend/backend.ts), line by line.
 *
 * A new backend calls `backendContract` with a function that opens it on a fresh, empty place.
 */
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Backend, FileType, Handle, ListedFile } from '../../src/backend/backend.ts';
import { fileTypes } from '../../src/backend/handle.ts';
import { type ErrorCode, HoldfastError } from '../../src/base/errors.ts';

export interface OpenedBackend {
  /** On a place where there is no repository yet. */
  readonly backend: Backend;
  /** A second backend on the same place, as another process would have; left out where there is no such thing. */
  readonly reopen?: () => Promise<Backend>;
  readonly cleanup: () => Promise<void>;
}

/** What a store cannot do, whatever its backend does. */
export interface StoreLimits {
  /** It takes nothing whose SHA-256 is not its name. */
  readonly checksNames?: true;
  /** Why two who write a name at the same moment may both succeed. */
  readonly lastWriterWins?: string;
  /** Why a file that is being written may be seen. */
  readonly showsUnfinished?: string;
}

const never = new AbortController().signal;
const named: readonly FileType[] = fileTypes.filter((type) => type !== 'config');

export function backendContract(name: string, open: () => Promise<OpenedBackend>, store: StoreLimits = {}): void {
  describe(`backend contract: ${name}`, () => {
    let opened: OpenedBackend;
    let backend: Backend;

    beforeEach(async () => {
      opened = await open();
      backend = opened.backend;
    });
    afterEach(async () => {
      await backend[Symbol.asyncDispose]();
      await opened.cleanup();
    });

    describe('before there is a repository', () => {
      it('says no-repository, whatever is asked', async () => {
        const handle = handleFor('data', randomBytes(1));
        await expectCode(backend.read(handle, never), 'no-repository');
        await expectCode(backend.readRange(handle, { offset: 0, length: 1 }, never), 'no-repository');
        await expectCode(backend.stat(handle, never), 'no-repository');
        await expectCode(backend.remove(handle, never), 'no-repository');
        await expectCode(backend.save(handle, randomBytes(1), never), 'no-repository');
        await expectCode(backend.read({ type: 'config', name: 'config' }, never), 'no-repository');
        await expectCode(backend.freeBytes(never), 'no-repository');
        for (const type of fileTypes) await expectCode(listed(backend, type), 'no-repository');
      });

      it('says where it is, and how many calls it takes at once', () => {
        expect(backend.location).not.toBe('');
        expect(backend.connections).toBeGreaterThanOrEqual(1);
        expect(backend.connections).toBeLessThanOrEqual(16);
      });
    });

    describe('create', () => {
      it('makes an empty repository', async () => {
        await backend.create(never);
        for (const type of fileTypes) expect(await listed(backend, type)).toEqual([]);
      });

      it('may be done again until there is a config, then says exists and changes nothing', async () => {
        await backend.create(never);
        await backend.create(never);
        const config = { type: 'config', name: 'config' } as const;
        await backend.save(config, bytesOf('the config'), never);
        await expectCode(backend.create(never), 'exists');
        expect(asBytes(await backend.read(config, never))).toEqual(bytesOf('the config'));
      });
    });

    describe('files', () => {
      beforeEach(() => backend.create(never));

      it.each(fileTypes)('saves, reads, lists and removes a file of type %s', async (type) => {
        const bytes = new Uint8Array(randomBytes(1234));
        const handle = handleFor(type, bytes);
        await expectCode(backend.read(handle, never), 'not-found');
        await backend.save(handle, bytes, never);
        expect(asBytes(await backend.read(handle, never))).toEqual(asBytes(bytes));
        expect(await backend.stat(handle, never)).toEqual({ name: handle.name, sizeBytes: 1234 });
        expect(await listed(backend, type)).toEqual([{ name: handle.name, sizeBytes: 1234 }]);
        for (const other of fileTypes) if (other !== type) expect(await listed(backend, other)).toEqual([]);
        await backend.remove(handle, never);
        expect(await listed(backend, type)).toEqual([]);
        await expectCode(backend.read(handle, never), 'not-found');
        await expectCode(backend.stat(handle, never), 'not-found');
      });

      it.each(fileTypes)('keeps an empty file of type %s', async (type) => {
        const handle = handleFor(type, new Uint8Array(0));
        await backend.save(handle, new Uint8Array(0), never);
        expect(await backend.read(handle, never)).toHaveLength(0);
        expect(await backend.readRange(handle, { offset: 0, length: 0 }, never)).toHaveLength(0);
        expect(await listed(backend, type)).toEqual([{ name: handle.name, sizeBytes: 0 }]);
      });

      it.each(fileTypes)('never overwrites a file of type %s', async (type) => {
        const handle = handleFor(type, bytesOf('first'));
        await backend.save(handle, bytesOf('first'), never);
        await expectCode(backend.save(handle, bytesOf('second'), never), 'exists');
        await using writer = await backend.openWriter(type, { signal: never });
        await writer.write(bytesOf('third'));
        await expectCode(writer.commit(handle.name), 'exists');
        expect(asBytes(await backend.read(handle, never))).toEqual(bytesOf('first'));
        expect(await listed(backend, type)).toEqual([{ name: handle.name, sizeBytes: 5 }]);
      });

      it('may write a name again after its removal', async () => {
        const handle = handleFor('lock', bytesOf('one'));
        await backend.save(handle, bytesOf('one'), never);
        await backend.remove(handle, never);
        await backend.save(handle, bytesOf('one'), never);
        expect(asBytes(await backend.read(handle, never))).toEqual(bytesOf('one'));
      });

      it('removes what is gone already without an error', async () => {
        for (const type of fileTypes) await backend.remove(handleFor(type, randomBytes(8)), never);
        for (const type of fileTypes) expect(await listed(backend, type)).toEqual([]);
      });

      it('refuses names that are none, and makes nothing of them', async () => {
        for (const bad of ['', '..', '../config', 'config', 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}\n`]) {
          const handle: Handle = { type: 'data', name: bad };
          await expectCode(backend.read(handle, never), 'invalid-input');
          await expectCode(backend.readRange(handle, { offset: 0, length: 0 }, never), 'invalid-input');
          await expectCode(backend.stat(handle, never), 'invalid-input');
          await expectCode(backend.remove(handle, never), 'invalid-input');
          await expectCode(backend.save(handle, bytesOf('x'), never), 'invalid-input');
          await using writer = await backend.openWriter('data', { signal: never });
          await writer.write(bytesOf('x'));
          await expectCode(writer.commit(bad), 'invalid-input');
        }
        await expectCode(backend.read({ type: 'config', name: 'a'.repeat(64) }, never), 'invalid-input');
        expect(await listed(backend, 'data')).toEqual([]);
      });

      it('gives each reader its own bytes', async () => {
        const handle = handleFor('index', bytesOf('shared'));
        await backend.save(handle, bytesOf('shared'), never);
        (await backend.read(handle, never)).fill(0);
        (await backend.readRange(handle, { offset: 0, length: 6 }, never)).fill(0);
        expect(asBytes(await backend.read(handle, never))).toEqual(bytesOf('shared'));
      });
    });

    describe('writers', () => {
      beforeEach(() => backend.create(never));

      it('write a large file in odd pieces, from one buffer that is used again', async () => {
        const total = 20_000_003;
        const source = randomBytes(1 << 21);
        const piece = new Uint8Array(1 << 21);
        const hash = createHash('sha256');
        const sizes = [1, 4095, 4096, 4097, 1 << 21, 65_536, 1_000_003, 0, 16];
        await using writer = await backend.openWriter('data', { sizeHintBytes: total, signal: never });
        for (let done = 0, turn = 0; done < total; turn++) {
          const size = Math.min(sizes[turn % sizes.length] ?? 1, total - done);
          for (let i = 0; i < size; i++) piece[i] = (source[i] ?? 0) ^ (turn & 0xff);
          hash.update(piece.subarray(0, size));
          await writer.write(piece.subarray(0, size));
          piece.fill(0xee);
          done += size;
        }
        const handle: Handle = { type: 'data', name: hash.digest('hex') };
        await writer.commit(handle.name);
        expect(await backend.stat(handle, never)).toEqual({ name: handle.name, sizeBytes: total });
        expect(sha256(await backend.read(handle, never))).toBe(handle.name);
      });

      it.each([0, 1, 511, 512, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1, 3 << 20])(
        'write %i bytes from aligned memory, exactly',
        async (size) => {
          const memory = new Uint8Array(new WebAssembly.Memory({ initial: 64, maximum: 64 }).buffer);
          const bytes = memory.subarray(8192, 8192 + size);
          bytes.set(randomBytes(size));
          const handle = handleFor('data', bytes);
          await backend.save(handle, bytes, never);
          expect(sha256(await backend.read(handle, never))).toBe(handle.name);
        },
      );

      it('write from aligned memory with odd pieces between', async () => {
        const memory = new Uint8Array(new WebAssembly.Memory({ initial: 16, maximum: 16 }).buffer);
        memory.set(randomBytes(memory.length));
        const cuts = [0, 4096, 4096 + 100, 8192, 65_536, 65_537, 131_072, 262_144, 262_145, 600_000];
        const hash = createHash('sha256');
        await using writer = await backend.openWriter('data', { signal: never });
        for (let i = 0; i + 1 < cuts.length; i++) {
          const part = memory.subarray(cuts[i], cuts[i + 1]);
          hash.update(part);
          await writer.write(part);
        }
        const handle: Handle = { type: 'data', name: hash.digest('hex') };
        await writer.commit(handle.name);
        expect(sha256(await backend.read(handle, never))).toBe(handle.name);
      });

      it('show nothing until they commit, and nothing at all without', async () => {
        for (const type of fileTypes) {
          await using writer = await backend.openWriter(type, { signal: never });
          await writer.write(bytesOf('unfinished'));
          expect(await listed(backend, type)).toEqual([]);
        }
        for (const type of fileTypes) expect(await listed(backend, type)).toEqual([]);
      });

      it('may be disposed again after a commit', async () => {
        const handle = handleFor('data', bytesOf('kept'));
        const writer = await backend.openWriter('data', { signal: never });
        await writer.write(bytesOf('kept'));
        await writer.commit(handle.name);
        await writer[Symbol.asyncDispose]();
        await writer[Symbol.asyncDispose]();
        expect(asBytes(await backend.read(handle, never))).toEqual(bytesOf('kept'));
      });

      it('refuse to go on after a commit or a dispose', async () => {
        const committed = await backend.openWriter('index', { signal: never });
        await committed.commit(handleFor('index', new Uint8Array(0)).name);
        await expectCode(
          Promise.try(() => committed.write(bytesOf('late'))),
          'internal',
        );
        await expectCode(committed.commit(handleFor('index', randomBytes(3)).name), 'internal');
        const disposed = await backend.openWriter('index', { signal: never });
        await disposed[Symbol.asyncDispose]();
        await expectCode(
          Promise.try(() => disposed.write(bytesOf('late'))),
          'internal',
        );
        await expectCode(disposed.commit(handleFor('index', randomBytes(3)).name), 'internal');
        expect(await listed(backend, 'index')).toHaveLength(1);
      });

      it('work side by side', async () => {
        const files = Array.from({ length: 24 }, (_, i) => new Uint8Array(randomBytes(50_000 + i * 977)));
        await Promise.all(files.map((bytes) => writeInPieces(backend, 'data', bytes, 7_001)));
        const names = (await listed(backend, 'data')).map((file) => file.name);
        expect(names.sort()).toEqual(files.map(sha256).sort());
        for (const bytes of files)
          expect(sha256(await backend.read(handleFor('data', bytes), never))).toBe(sha256(bytes));
      });

      it('of the same name: exactly one wins, the file is one of theirs and whole', async ({ skip }) => {
        skip(store.lastWriterWins !== undefined, store.lastWriterWins);
        const other = (await opened.reopen?.()) ?? backend;
        const texts = Array.from({ length: 12 }, (_, i) =>
          store.checksNames === true ? bytesOf('the same') : bytesOf(`writer ${i} `.repeat(100 + i)),
        );
        const { name } = handleFor('snapshot', bytesOf('the same'));
        const results = await Promise.allSettled(
          texts.map((text, i) => (i % 2 === 0 ? backend : other).save({ type: 'snapshot', name }, text, never)),
        );
        const winners = results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []));
        expect(winners).toHaveLength(1);
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'exists' });
        }
        expect(asBytes(await backend.read({ type: 'snapshot', name }, never))).toEqual(texts[winners[0] ?? -1]);
        expect(await listed(backend, 'snapshot')).toHaveLength(1);
      });

      it('publish what another backend on the same place sees at once', async () => {
        const other = (await opened.reopen?.()) ?? backend;
        const bytes = new Uint8Array(randomBytes(70_000));
        await backend.save(handleFor('data', bytes), bytes, never);
        expect(sha256(await other.read(handleFor('data', bytes), never))).toBe(sha256(bytes));
        await other.remove(handleFor('data', bytes), never);
        await expectCode(backend.read(handleFor('data', bytes), never), 'not-found');
      });
    });

    describe('ranges', () => {
      const bytes = new Uint8Array(randomBytes(10_000));
      const handle = handleFor('data', bytes);
      beforeEach(async () => {
        await backend.create(never);
        await backend.save(handle, bytes, never);
      });

      it.each([
        [0, 10_000],
        [0, 1],
        [9_999, 1],
        [4_090, 20],
        [10_000, 0],
        [-1, 1],
        [-10_000, 10_000],
        [-4_000, 17],
      ])('offset %i, length %i', async (offset, length) => {
        const start = offset < 0 ? bytes.length + offset : offset;
        expect(asBytes(await backend.readRange(handle, { offset, length }, never))).toEqual(
          asBytes(bytes.subarray(start, start + length)),
        );
      });

      it.each([
        [0, 10_001],
        [9_999, 2],
        [10_001, 0],
        [10_001, 1],
        [-10_001, 1],
        [-1, 2],
        [2 ** 40, 1],
      ])('offset %i, length %i is corrupt: the file is shorter', async (offset, length) => {
        await expectCode(backend.readRange(handle, { offset, length }, never), 'corrupt');
      });

      it.each([
        [0, -1],
        [0.5, 1],
        [0, Number.NaN],
        [Number.POSITIVE_INFINITY, 1],
      ])('offset %f, length %f is no range', async (offset, length) => {
        await expectCode(backend.readRange(handle, { offset, length }, never), 'invalid-input');
      });

      it('of a missing file: not-found', async () => {
        const missing = handleFor('data', randomBytes(9));
        await expectCode(backend.readRange(missing, { offset: 0, length: 1 }, never), 'not-found');
        await expectCode(backend.readRange(missing, { offset: -1, length: 1 }, never), 'not-found');
      });

      it('in parallel', async () => {
        const ranges = Array.from({ length: 60 }, (_, i) => ({ offset: (i * 7_919) % 9_000, length: 1 + i * 16 }));
        const parts = await Promise.all(ranges.map((range) => backend.readRange(handle, range, never)));
        parts.forEach((part, i) => {
          const { offset, length } = ranges[i] ?? { offset: 0, length: 0 };
          expect(asBytes(part)).toEqual(asBytes(bytes.subarray(offset, offset + length)));
        });
      });
    });

    describe('listing', () => {
      beforeEach(() => backend.create(never));

      it.each(named)('yields every %s file once, with its size', async (type) => {
        const files = new Map<string, number>();
        for (let i = 0; i < 25; i++) {
          const bytes = randomBytes(i);
          const handle = handleFor(type, bytes);
          await backend.save(handle, bytes, never);
          files.set(handle.name, i);
        }
        const found = await listed(backend, type);
        expect(found).toHaveLength(25);
        expect(new Map(found.map((file) => [file.name, file.sizeBytes]))).toEqual(files);
      });

      it('may be left early and started again', async () => {
        for (let i = 0; i < 5; i++) await backend.save(handleFor('data', bytesOf(`${i}`)), bytesOf(`${i}`), never);
        for await (const file of backend.list('data', never)) {
          expect(file.sizeBytes).toBe(1);
          break;
        }
        expect(await listed(backend, 'data')).toHaveLength(5);
      });

      it('may remove what it lists', async () => {
        for (let i = 0; i < 20; i++) await backend.save(handleFor('data', bytesOf(`${i}`)), bytesOf(`${i}`), never);
        for await (const file of backend.list('data', never))
          await backend.remove({ type: 'data', name: file.name }, never);
        expect(await listed(backend, 'data')).toEqual([]);
      });

      it('shows only whole files while others write', async ({ skip }) => {
        skip(store.showsUnfinished !== undefined, store.showsUnfinished);
        const files = Array.from({ length: 30 }, () => new Uint8Array(randomBytes(30_000)));
        let writing = true;
        const writers = Promise.all(files.map((bytes) => writeInPieces(backend, 'data', bytes, 5_000))).finally(() => {
          writing = false;
        });
        while (writing) {
          for await (const file of backend.list('data', never)) expect(file.sizeBytes).toBe(30_000);
          await new Promise(setImmediate);
        }
        await writers;
        expect(await listed(backend, 'data')).toHaveLength(30);
      });
    });

    describe('cancelling', () => {
      const reason = new Error('the user said stop');
      const aborted = AbortSignal.abort(reason);
      const handle = handleFor('data', bytesOf('there'));
      beforeEach(async () => {
        await backend.create(never);
        await backend.save(handle, bytesOf('there'), never);
      });

      it('ends every call with the reason, and changes nothing', async () => {
        const fresh = handleFor('data', bytesOf('fresh'));
        await expect(backend.create(aborted)).rejects.toBe(reason);
        await expect(backend.openWriter('data', { signal: aborted })).rejects.toBe(reason);
        await expect(backend.save(fresh, bytesOf('fresh'), aborted)).rejects.toBe(reason);
        await expect(backend.read(handle, aborted)).rejects.toBe(reason);
        await expect(backend.readRange(handle, { offset: 0, length: 1 }, aborted)).rejects.toBe(reason);
        await expect(backend.stat(handle, aborted)).rejects.toBe(reason);
        await expect(backend.remove(handle, aborted)).rejects.toBe(reason);
        await expect(backend.freeBytes(aborted)).rejects.toBe(reason);
        for (const type of fileTypes) await expect(listed(backend, type, aborted)).rejects.toBe(reason);
        expect(await listed(backend, 'data')).toEqual([{ name: handle.name, sizeBytes: 5 }]);
      });

      it('ends a listing in its middle', async () => {
        await backend.save(handleFor('data', bytesOf('more')), bytesOf('more'), never);
        const control = new AbortController();
        const files = (async () => {
          for await (const _ of backend.list('data', control.signal)) control.abort(reason);
        })();
        await expect(files).rejects.toBe(reason);
      });

      it('ends a writer before its next write or its commit', async () => {
        for (const last of ['write', 'commit'] as const) {
          const control = new AbortController();
          await using writer = await backend.openWriter('data', { signal: control.signal });
          await writer.write(bytesOf('some'));
          control.abort(reason);
          const ended = Promise.try(async () => {
            await (last === 'write'
              ? writer.write(bytesOf('more'))
              : writer.commit(handleFor('data', bytesOf(last)).name));
          });
          await expect(ended).rejects.toBe(reason);
        }
        expect(await listed(backend, 'data')).toHaveLength(1);
      });
    });

    it('tells the free space as a number, or not at all', async () => {
      await backend.create(never);
      const free = await backend.freeBytes(never);
      expect(free === undefined || (Number.isSafeInteger(free) && free >= 0)).toBe(true);
    });
  });
}

export function handleFor(type: FileType, bytes: Uint8Array): Handle {
  return { type, name: type === 'config' ? 'config' : sha256(bytes) };
}

export async function listed(backend: Backend, type: FileType, signal = never): Promise<ListedFile[]> {
  return await Array.fromAsync(backend.list(type, signal));
}

export async function expectCode(promise: Promise<unknown>, code: ErrorCode): Promise<HoldfastError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HoldfastError);
  expect(error).toMatchObject({ code });
  return error as HoldfastError; // checked two lines above
}

async function writeInPieces(backend: Backend, type: FileType, bytes: Uint8Array, size: number): Promise<void> {
  await using writer = await backend.openWriter(type, { signal: never });
  for (let at = 0; at < bytes.length; at += size) {
    await writer.write(bytes.subarray(at, at + size));
    await new Promise(setImmediate); // lets the others in
  }
  await writer.commit(handleFor(type, bytes).name);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function bytesOf(text: string): Uint8Array {
  return asBytes(Buffer.from(text));
}

/** A Uint8Array or Buffer as a Buffer: `toEqual` tells the classes apart, callers need not. */
function asBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes);
}
