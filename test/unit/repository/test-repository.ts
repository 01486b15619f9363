/** What the repository's suites share: small repositories in memory, packs written by hand, a clock that is moved. */
import { createCipheriv } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import type { Backend } from '../../../src/backend/backend.ts';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { isHoldfastError } from '../../../src/base/errors.ts';
import { type Id, idOf } from '../../../src/format/id.ts';
import type { MasterKey } from '../../../src/format/key-file.ts';
import { encodePackHeader, type PackedBlob } from '../../../src/format/pack-header.ts';
import { Poly1305 } from '../../../src/kernels/poly1305.ts';
import { seal } from '../../../src/repository/crypto.ts';
import { type Commit, initRepository, type Repository } from '../../../src/repository/repository.ts';

export const password = 'correct horse';
/** scrypt in a millisecond. */
export const cheapKey = { cost: { N: 16, r: 1, p: 1 } } as const;
export const never: AbortSignal = new AbortController().signal;

export async function memoryRepository(
  options: { readonly backend?: Backend; readonly version?: 1 | 2 } = {},
): Promise<Repository> {
  return initRepository({
    backend: options.backend ?? memoryBackend(),
    password,
    version: options.version ?? 2,
    keyOptions: cheapKey,
    signal: never,
  });
}

/** Commits without a lock. */
export function unlocked(repository: Repository): Commit {
  return (type, plain, signal) => repository.saveUnpacked(type, plain, signal);
}

export interface PlainBlob {
  readonly type: 'data' | 'tree';
  readonly plain: Uint8Array;
  readonly compress?: boolean;
}

/** Stores a pack of these blobs; the index does not know it. */
export async function savePack(
  repository: Repository,
  plainBlobs: readonly PlainBlob[],
): Promise<{ packId: Id; blobs: PackedBlob[] }> {
  const blobs: PackedBlob[] = [];
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const { type, plain, compress = false } of plainBlobs) {
    const sealed = seal(repository.key, compress ? zstdCompressSync(plain) : plain);
    const place = { type, id: idOf(plain), offset, length: sealed.length };
    blobs.push(compress ? { ...place, uncompressedLength: plain.length } : place);
    parts.push(sealed);
    offset += sealed.length;
  }
  const header = seal(repository.key, encodePackHeader(blobs));
  const headerLength = Buffer.alloc(4);
  headerLength.writeUInt32LE(header.length);
  const bytes = Buffer.concat([...parts, header, headerLength]);
  const packId = idOf(bytes);
  await repository.backend.save({ type: 'data', name: packId }, bytes, never);
  return { packId, blobs };
}

/** As `seal`, under an IV of the caller's choice. */
export function sealedWithIv(key: MasterKey, iv: Uint8Array, plain: Uint8Array): Buffer {
  const text = createCipheriv('aes-256-ctr', key.encryption, iv).update(plain);
  const s = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false).update(iv);
  const mac = new Poly1305(Buffer.concat([key.macR, s])).update(text).digest();
  return Buffer.concat([iv, text, mac]);
}

/** Every file, with its content, to show that something wrote nothing. */
export async function filesOf(backend: Backend): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const type of ['config', 'data', 'index', 'key', 'lock', 'snapshot'] as const) {
    for await (const { name } of backend.list(type, never)) {
      files.set(`${type}/${name}`, idOf(await backend.read({ type, name }, never)));
    }
  }
  return files;
}

/** Puts other bytes in the place of a file, which the port itself forbids. */
export async function overwrite(
  backend: Backend,
  handle: Parameters<Backend['save']>[0],
  bytes: Uint8Array,
): Promise<void> {
  await backend.remove(handle, never);
  await backend.save(handle, bytes, never);
}

export async function namesOf(backend: Backend, type: 'index' | 'key' | 'lock' | 'snapshot' | 'data'): Promise<Id[]> {
  const names: Id[] = [];
  for await (const { name } of backend.list(type, never)) names.push(name);
  return names.sort();
}

/** The code of the HoldfastError that it throws, or what else happened. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'no error';
  } catch (error) {
    return isHoldfastError(error) ? error.code : `not a HoldfastError: ${String(error)}`;
  }
}

/** The message of what it throws. */
export async function messageFrom(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'no error';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
