/**
 * A restic repository that is open: its backend, its key, its configuration and (once loaded) its index.
 *
 * Guarantees:
 * - Nothing is written before the password was proven right.
 * - What a read returns was authenticated (Poly1305-AES) and, for blobs and named files, matches its SHA-256 name.
 * - Every error names the file. `corrupt` means that the stored bytes are wrong; the rest are the backend's codes.
 *
 * Locks are not taken in here: see locks.ts. Disposing closes the backend; the repository owns it from `openRepository`
 * on, also when opening fails.
 */
import type { Backend, FileType, ListedFile } from '../backend/backend.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
import { encodeConfig, parseConfig, type RepositoryConfig } from '../format/config.ts';
import { type Id, idOf } from '../format/id.ts';
import type { MasterKey } from '../format/key-file.ts';
import { randomPolynomial } from '../format/polynomial.ts';
import type { BlobType } from './blob-table.ts';
import { open, packUnpacked, seal, unpackUnpacked } from './crypto.ts';
import { type LoadIndexOptions, loadRepositoryIndex } from './index-loader.ts';
import type { KeptIndex } from './kept-index.ts';
import { createKey, type KeyOptions, newMasterKey, openWithPassword } from './keys.ts';
import { PackReader } from './pack-reader.ts';
import { packedBlob, type RepositoryIndex } from './repository-index.ts';

/** The files that are sealed one by one, outside of packs. */
export type UnpackedType = Exclude<FileType, 'config' | 'data' | 'key'>;

/** Stores an index or snapshot file, on which others rely from then on; gives its id. `RepositoryLock.commit`, or without a lock `saveUnpacked`. */
export type Commit = (type: 'index' | 'snapshot', plain: Uint8Array, signal: AbortSignal) => Promise<Id>;

export interface InitOptions {
  readonly backend: Backend;
  readonly password: string;
  /** Repository format; 2 (compression) unless asked otherwise. */
  readonly version?: 1 | 2;
  /** Chunker polynomial; a random irreducible one unless given (`copy` uses the source's, so that blobs match). */
  readonly polynomial?: bigint;
  /** Cost of the password's key and who made it. */
  readonly keyOptions?: KeyOptions;
  readonly signal: AbortSignal;
}

export interface OpenOptions {
  readonly backend: Backend;
  readonly password: string;
  readonly signal: AbortSignal;
  /** The key file to try first (id), where it is known from the last time: spares the others' scrypt. */
  readonly keyHint?: Id;
  /** What `loadIndex` may begin with. */
  readonly keptIndex?: KeptIndex;
}

/**
 * Makes a new, empty repository and opens it.
 *
 * @throws `exists` if a configuration, a key or a snapshot is there already; nothing is changed then
 */
export async function initRepository(options: InitOptions): Promise<Repository> {
  const { backend, signal } = options;
  return owning(backend, async () => {
    await backend.create(signal);
    await refuseLeftOvers(backend, signal);
    const key = newMasterKey();
    const config: RepositoryConfig = {
      version: options.version ?? 2,
      id: idOf(crypto.getRandomValues(new Uint8Array(32))),
      chunkerPolynomial: options.polynomial ?? randomPolynomial(),
    };
    const keyId = await createKey({
      backend,
      password: options.password,
      key,
      signal,
      ...(options.keyOptions === undefined ? {} : { options: options.keyOptions }),
    });
    try {
      await backend.save(configHandle, seal(key, encodeConfig(config)), signal);
    } catch (error) {
      // So that the next try finds no left-over key.
      await backend.remove({ type: 'key', name: keyId }, AbortSignal.timeout(cleanUpMs)).catch(() => undefined);
      throw error;
    }
    return new Repository({ backend, key, keyId, config });
  });
}

/**
 * Opens a repository of format 1 or 2.
 *
 * @throws `no-repository` if there is no configuration; `wrong-password` if no key file opens with the password;
 *   `corrupt` if the configuration or the keys are damaged; `unsupported` for a format newer than 2
 */
export async function openRepository(options: OpenOptions): Promise<Repository> {
  const { backend, signal } = options;
  return owning(backend, async () => {
    const sealedConfig = await readConfig(backend, signal);
    const { key, keyId } = await openWithPassword(backend, options.password, signal, options.keyHint);
    const config = openConfig(backend, key, sealedConfig);
    const { keptIndex } = options;
    return new Repository({ backend, key, keyId, config, ...(keptIndex === undefined ? {} : { keptIndex }) });
  });
}

interface RepositoryParts {
  readonly backend: Backend;
  readonly key: MasterKey;
  readonly keyId: Id;
  readonly config: RepositoryConfig;
  readonly keptIndex?: KeptIndex;
}

/** See the file header. Made by `openRepository` and `initRepository` only. */
export class Repository implements AsyncDisposable {
  readonly backend: Backend;
  readonly key: MasterKey;
  /** The key file that the password opened. */
  readonly keyId: Id;
  readonly config: RepositoryConfig;
  readonly #keptIndex: KeptIndex | undefined;
  #index: RepositoryIndex | undefined;
  #packReader: PackReader | undefined;

  constructor(parts: RepositoryParts) {
    this.backend = parts.backend;
    this.key = parts.key;
    this.keyId = parts.keyId;
    this.config = parts.config;
    this.#keptIndex = parts.keptIndex;
  }

  /** The index that `loadIndex` loaded. Asking before is a bug of the caller. */
  get index(): RepositoryIndex {
    if (this.#index === undefined) throw new HoldfastError('internal', 'The index was used before it was loaded.');
    return this.#index;
  }

  /**
   * The same for whoever asks what the store itself holds (check, repair, drills): no cache answers for it. Its index is not loaded;
   * it lives as long as this one, and is not disposed of.
   */
  withoutCache(): Repository {
    const { backend, key, keyId, config } = this;
    return backend.uncached === undefined ? this : new Repository({ backend: backend.uncached, key, keyId, config });
  }

  /** Decodes blobs and packs of this repository on this thread; made at first use. */
  get packReader(): PackReader {
    this.#packReader ??= new PackReader({ backend: this.backend, key: this.key });
    return this.#packReader;
  }

  /**
   * Loads every index file, replacing what was loaded before. Damaged files throw, unless `onDamaged` takes them.
   * Without options, what is kept of the last time (`keptIndex`) is not read again.
   */
  async loadIndex(signal: AbortSignal, options?: LoadIndexOptions): Promise<RepositoryIndex> {
    const kept = options === undefined ? this.#keptIndex : undefined;
    const index = await (kept === undefined ? loadRepositoryIndex(this, signal, options) : kept.load(this, signal));
    this.#index = index;
    return index;
  }

  /**
   * The plain text of a snapshot, index or lock file: read, checked against its name, opened, decompressed.
   *
   * @throws `not-found`; `corrupt` naming the file
   */
  async readUnpacked(type: UnpackedType, id: Id, signal: AbortSignal): Promise<Uint8Array> {
    const sealed = await this.readSealed(type, id, signal);
    return corruptNamed(this.backend, type, id, () => unpackUnpacked(open(this.key, sealed), this.config.version));
  }

  /** The bytes of a named file as they are stored, checked against the name (read once more if they don't match). */
  async readSealed(type: Exclude<FileType, 'config'>, id: Id, signal: AbortSignal): Promise<Uint8Array> {
    for (const lastTry of [false, true]) {
      const sealed = await this.backend.read({ type, name: id }, signal);
      if (idOf(sealed) === id) return sealed;
      if (lastTry) break;
    }
    throw damaged(this.backend, type, id, 'its content does not match its name');
  }

  /** Compresses (format 2), seals and stores a snapshot, index or lock file; gives its name. */
  async saveUnpacked(type: UnpackedType, plain: Uint8Array, signal: AbortSignal): Promise<Id> {
    const { name, sealed } = this.sealUnpacked(plain);
    await this.backend.save({ type, name }, sealed, signal);
    return name;
  }

  /** What `saveUnpacked` would store, and under which name. Another call gives another name: the IV is random. */
  sealUnpacked(plain: Uint8Array): { readonly name: Id; readonly sealed: Uint8Array } {
    const sealed = seal(this.key, packUnpacked(plain, this.config.version));
    return { name: idOf(sealed), sealed };
  }

  /** Removes a file. One that is gone already is no error. */
  async removeFile(type: Exclude<FileType, 'config'>, id: Id, signal: AbortSignal): Promise<void> {
    await this.backend.remove({ type, name: id }, signal);
  }

  /** Every file of that type, in no order. */
  listFiles(type: FileType, signal: AbortSignal): AsyncIterable<ListedFile> {
    return this.backend.list(type, signal);
  }

  /**
   * A blob's content: found by the index, read, opened, decompressed, checked against its id. Where the index knows
   * several copies, a damaged one is passed over.
   *
   * @throws `not-found` if the index has no such blob; `corrupt` naming blob and pack
   */
  async readBlob(type: BlobType, id: Id, signal: AbortSignal): Promise<Uint8Array> {
    const places = this.index.locations(type, id);
    let failure: unknown = new HoldfastError('not-found', `The ${type} blob ${id} is in no index of the repository.`, {
      hint: 'Run check; if packs are there that the index misses, repair index finds them.',
      context: { blob: id, blobType: type },
    });
    for (const place of places) {
      try {
        return await this.packReader.readBlob(place.packId, packedBlob(type, id, place), signal);
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#index = undefined;
    this.#packReader = undefined;
    await this.backend[Symbol.asyncDispose]();
  }
}

/** For removing what a failed `init` made. */
const cleanUpMs = 10_000;
const configHandle = { type: 'config', name: 'config' } as const;

async function readConfig(backend: Backend, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return await backend.read(configHandle, signal);
  } catch (error) {
    if (!isHoldfastError(error, 'not-found', 'no-repository')) throw error;
    throw new HoldfastError('no-repository', `There is no repository at ${backend.location}.`, {
      hint: 'Check the location, and that its disk is there; "holdfast init" makes a new repository.',
      context: { location: backend.location },
      cause: error,
    });
  }
}

function openConfig(backend: Backend, key: MasterKey, sealed: Uint8Array): RepositoryConfig {
  return corruptNamed(backend, 'config', 'config', () => parseConfig(open(key, sealed)));
}

/** A listing that shows anything means that somebody's repository was here: keep off. */
async function refuseLeftOvers(backend: Backend, signal: AbortSignal): Promise<void> {
  for (const type of ['key', 'snapshot'] as const) {
    for await (const file of backend.list(type, signal)) {
      throw new HoldfastError('exists', `${backend.location} holds the ${type} ${file.name} already.`, {
        hint: 'Its configuration may be lost: choose another place, or bring the config file back.',
        context: { location: backend.location },
      });
    }
  }
}

/** Runs `work`; if it fails, closes the backend that the caller gave away. */
async function owning<T>(backend: Backend, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await backend[Symbol.asyncDispose]();
    throw error;
  }
}

/** An error of decoding, naming the file; `unsupported` passes through. */
function corruptNamed<T>(backend: Backend, type: FileType, name: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (isHoldfastError(error, 'unsupported')) throw error;
    throw damaged(backend, type, name, messageOf(error), error);
  }
}

function damaged(backend: Backend, type: FileType, name: string, why: string, cause?: unknown): HoldfastError {
  const what = type === 'config' ? 'The file config' : `The ${type} file ${name}`;
  return new HoldfastError('corrupt', `${what} in ${backend.location} is damaged: ${why}`, {
    hint: 'Run check to see what else is damaged.',
    context: { type, name, location: backend.location },
    cause,
  });
}
