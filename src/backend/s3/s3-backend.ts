/**
 * A repository in a bucket of Amazon's S3 or of any store that speaks its API (Ceph, MinIO, Garage, Backblaze, Wasabi …).
 *
 * How the port's promises are kept:
 * - A file is one object; a PUT is all or nothing. **Never overwrite** is `If-None-Match: *`; stores that do not know it say so (501) or
 *   ignore it, so the config, the one name that is no hash of its content, is looked for first, everywhere.
 * - The store checks the SHA-256 of what it gets (`x-amz-content-sha256` is signed) before it takes it.
 * - **A store that is not there**: a bucket that is missing says so. An empty prefix is no repository, unless this backend has made it.
 * - A listing has pages; after the first page that is not the last, the sixteen parts of data/ are listed side by side.
 * - Object lock is asked for with each file where the settings say so, and extended on request.
 * - DELETE that is denied is `append-only`: what object lock protects, or a key without that right.
 */
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { Backend, BackendPlace, ByteRange, FileType, FileWriter, Handle, ListedFile } from '../backend.ts';
import { bufferedWriter } from '../buffered-writer.ts';
import { checkHandle, describeHandle, fileTypes, isFileName } from '../handle.ts';
import type { Answer } from '../http/answer.ts';
import { readRangeOf } from '../http/read-range.ts';
import { parseS3Location, type S3Location } from './location.ts';
import { dropOldUploads, isLocked, uploadParts } from './multipart.ts';
import { retain, retainAgain } from './retention.ts';
import { makeBucket } from './s3-bucket.ts';
import { md5Of, S3Client, type S3Request } from './s3-client.ts';
import { folderKey, keyOf } from './s3-keys.ts';
import { S3Listing } from './s3-listing.ts';
import { readS3Settings, type S3Settings } from './s3-settings.ts';

export interface S3Options {
  /** Nothing moved for so long while something was waited for: default 60 s. */
  readonly stallMs?: number;
  /** For name look-up, connection and TLS together: default 15 s. */
  readonly connectMs?: number;
  /** Larger files are uploaded in parts. Default: 64 MiB. */
  readonly partsFromBytes?: number;
}

const connections = 8;
const config: Handle = { type: 'config', name: 'config' };

/**
 * Does no I/O. Credentials and settings by name: see s3-credentials.ts, s3-settings.ts, and `region`, `bucketLookup` (auto, path, dns).
 *
 * @throws `invalid-input` for a location or settings that are none
 */
export function openS3Backend(rest: string, place: BackendPlace, options: S3Options = {}): Backend {
  return new S3Backend(rest, place, options);
}

class S3Backend implements Backend {
  readonly location: string;
  readonly place: BackendPlace;
  readonly connections = connections;
  readonly extendObjectLock?: NonNullable<Backend['extendObjectLock']>;
  readonly #client: S3Client;
  readonly #listing: S3Listing;
  readonly #target: S3Location;
  readonly #settings: S3Settings;
  readonly #partsFromBytes: number;
  /** Known to be there: made by this backend, or seen. */
  #isThere: boolean;
  /** This backend made it: it may be empty. */
  #isMade = false;
  #takesConditions = true;
  #wantsMd5 = false;
  /** What earlier runs have left of large files is gone. */
  #isTidy = false;

  constructor(rest: string, place: BackendPlace, options: S3Options) {
    const { stallMs = 60_000, connectMs = 15_000, partsFromBytes = 64 * 1024 * 1024 } = options;
    this.location = `s3:${rest}`;
    this.place = place;
    this.#isThere = place.wasReached === true;
    this.#target = parseS3Location(rest, place.credentials?.bucketLookup ?? 'auto');
    this.#settings = readS3Settings(place.credentials ?? {}, this.#target.url.protocol === 'https:');
    this.#partsFromBytes = partsFromBytes;
    const { location } = this;
    this.#client = new S3Client({ target: this.#target, place, location, atOnce: connections, stallMs, connectMs });
    this.#listing = new S3Listing(this.#client, connections);
    if (this.#settings.keptUntil('data', new Date()) !== undefined) {
      this.extendObjectLock = (handle, signal) => this.#extendObjectLock(handle, signal);
    }
  }

  /** A bucket that is missing is made. */
  async create(signal: AbortSignal): Promise<void> {
    try {
      if ((await this.#statIfThere(config, signal)) !== undefined) {
        throw new HoldfastError('exists', `There is a repository at ${this.location} already.`);
      }
    } catch (error) {
      if (!isHoldfastError(error, 'no-repository')) throw error;
      await this.#makeBucket(signal);
    }
    this.#isMade = true;
  }

  async openWriter(
    type: FileType,
    { sizeHintBytes, signal }: { readonly sizeHintBytes?: number; readonly signal: AbortSignal },
  ): Promise<FileWriter> {
    signal.throwIfAborted();
    if (!fileTypes.includes(type)) throw new HoldfastError('invalid-input', `"${type}" is no type of repository file.`);
    const save = (handle: Handle, bytes: Uint8Array) => this.save(handle, bytes, signal);
    return bufferedWriter({ type, sizeHintBytes, save, signal });
  }

  async save(handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    checkHandle(handle);
    signal.throwIfAborted();
    if (!this.#isThere) await this.#assertThere(signal);
    const isLarge = bytes.length > this.#partsFromBytes;
    if (handle.type === 'config' || isLarge || !this.#takesConditions) await this.#refuseTaken(handle, signal);
    const request = this.#request('PUT', handle, 'write', this.#settings.storing(handle.type, new Date()));
    if (isLarge) await this.#putParts(handle, request, bytes, signal);
    else await this.#put(handle, request, bytes, signal);
  }

  async read(handle: Handle, signal: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    using answer = await this.#ofFile(this.#request('GET', handle, 'read', this.#settings.reading), signal);
    return await answer.allBytes();
  }

  async readRange(handle: Handle, range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    const request = (part: string) => this.#request('GET', handle, 'read', { ...this.#settings.reading, range: part });
    return readRangeOf(range, {
      file: describeHandle(handle),
      location: this.location,
      ask: (part) => this.#ofFile(request(part), signal, [416]),
      sizeBytes: async () => (await this.stat(handle, signal)).sizeBytes,
    });
  }

  async stat(handle: Handle, signal: AbortSignal): Promise<ListedFile> {
    checkHandle(handle);
    using answer = await this.#ofFile(this.#request('HEAD', handle, 'look for', this.#settings.reading), signal);
    const { sizeBytes } = answer;
    if (sizeBytes !== undefined) return { name: handle.name, sizeBytes };
    throw new HoldfastError('io', `${this.location} does not tell the size of ${describeHandle(handle)}.`, {
      retry: 'backoff',
    });
  }

  async *list(type: FileType, signal: AbortSignal): AsyncGenerator<ListedFile> {
    signal.throwIfAborted();
    if (type === 'config') {
      const file = await this.#statIfThere(config, signal);
      if (file !== undefined) yield file;
      return;
    }
    // Locks are rarely there: both are asked at once then.
    const there = type === 'lock' ? this.#assertThere(signal) : undefined;
    there?.catch(() => undefined); // asked below
    let isEmpty = true;
    const folder = folderKey(this.#target, type);
    const pages = type === 'data' ? this.#listing.pagesOfHashes(folder, signal) : this.#listing.pages(folder, signal);
    for await (const page of pages) {
      for (const { name: key, sizeBytes } of page) {
        const name = key.slice(key.lastIndexOf('/') + 1);
        if (!isFileName(type, name) || keyOf(this.#target, { type, name }) !== key) continue;
        isEmpty = false;
        yield { name, sizeBytes };
        signal.throwIfAborted();
      }
    }
    if (isEmpty) await (there ?? this.#assertThere(signal));
  }

  async remove(handle: Handle, signal: AbortSignal): Promise<void> {
    checkHandle(handle);
    signal.throwIfAborted();
    if (!this.#isThere) await this.#assertThere(signal);
    const request = this.#request('DELETE', handle, 'remove');
    using answer = await this.#client.ask(request, signal);
    if (answer.isOk) return;
    const error = await this.#client.errorOf(answer, request, signal);
    if (isHoldfastError(error, 'not-found')) return; // some say so of what is gone already
    if (!isHoldfastError(error, 'permission') || handle.type === 'lock') throw error;
    throw new HoldfastError('append-only', `${this.location} does not let ${describeHandle(handle)} be removed.`, {
      hint: 'It is protected by object lock, or the access key has no right to delete.',
      context: error.context,
      cause: error,
    });
  }

  async freeBytes(signal: AbortSignal): Promise<number | undefined> {
    await this.#assertThere(signal);
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  async #extendObjectLock(handle: Handle, signal: AbortSignal): Promise<boolean> {
    checkHandle(handle);
    const now = new Date();
    const until = this.#settings.keptUntil(handle.type, now);
    if (until === undefined) return false;
    const file = { key: keyOf(this.#target, handle), doing: `keep ${describeHandle(handle)}` };
    return await retainAgain(this.#client, file, { mode: this.#settings.retentionMode, until }, { now, signal });
  }

  async #put(handle: Handle, request: S3Request, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const { headers = {} } = request;
    const isConditional = this.#takesConditions;
    const hasMd5 = this.#wantsMd5 || isLocked(headers);
    const full: S3Request = {
      ...request,
      headers: {
        ...headers,
        ...(isConditional ? { 'if-none-match': '*' } : {}),
        ...(hasMd5 ? { 'content-md5': md5Of(bytes) } : {}),
      },
      body: bytes,
    };
    using answer = await this.#client.ask(full, signal);
    if (answer.isOk) return;
    const error = await this.#client.errorOf(answer, full, signal);
    answer[Symbol.dispose]();
    // A store that cannot refuse what is there is asked before (between the two another may write, which names that are hashes make harmless).
    if (isConditional && isHoldfastError(error, 'unsupported')) this.#takesConditions = false;
    // The bucket locks what is put into it by a rule of its own.
    else if (!hasMd5 && answer.status === 400 && /Content-MD5/i.test(error.message)) this.#wantsMd5 = true;
    else throw error;
    await this.save(handle, bytes, signal);
  }

  async #putParts(handle: Handle, request: S3Request, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const isOurs = (key: string): boolean => isFileName('data', key.slice(key.lastIndexOf('/') + 1));
    if (!this.#isTidy) await dropOldUploads(this.#client, { prefix: this.#target.prefix, isOurs, signal });
    this.#isTidy = true;
    await uploadParts(this.#client, { request, bytes, isConditional: this.#takesConditions, signal });
    // Ceph 16 forgets it for what comes in parts.
    const until = this.#settings.keptUntil(handle.type, new Date());
    if (until !== undefined) await retain(this.#client, request, { mode: this.#settings.retentionMode, until }, signal);
  }

  /** @throws `no-repository` where nothing lies below the prefix */
  async #assertThere(signal: AbortSignal): Promise<void> {
    const { files } = await this.#listing.page(this.#target.prefix, { 'max-keys': '1' }, signal);
    this.#isThere = files.length > 0;
    if (this.#isThere || this.#isMade) return;
    throw new HoldfastError('no-repository', `There is no repository at ${this.location}.`, {
      hint: 'Check bucket and prefix; "holdfast init" makes a new repository.',
      context: { location: this.location },
    });
  }

  async #refuseTaken(handle: Handle, signal: AbortSignal): Promise<void> {
    if ((await this.#statIfThere(handle, signal)) === undefined) return;
    throw new HoldfastError('exists', `${describeHandle(handle)} is there already, at ${this.location}.`);
  }

  async #statIfThere(handle: Handle, signal: AbortSignal): Promise<ListedFile | undefined> {
    try {
      return await this.stat(handle, signal);
    } catch (error) {
      if (isHoldfastError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  async #makeBucket(signal: AbortSignal): Promise<void> {
    const list = await this.#listing.page(this.#target.prefix, { 'max-keys': '1' }, signal).catch((error: unknown) => {
      if (isHoldfastError(error) && error.context.s3Code === 'NoSuchBucket') return undefined;
      throw error;
    });
    if (list !== undefined) return;
    await makeBucket(this.#client, this.#target, this.#settings, signal);
  }

  /** The answer to a question for a file that must be there. @throws `not-found`, `no-repository`, what the store refuses */
  async #ofFile(request: S3Request, signal: AbortSignal, also: readonly number[] = []): Promise<Answer> {
    const answer = await this.#client.ask(request, signal);
    if (answer.isOk || also.includes(answer.status)) return answer;
    using _ = answer;
    const error = await this.#client.errorOf(answer, request, signal);
    answer[Symbol.dispose]();
    if (isHoldfastError(error, 'not-found')) await this.#assertThere(signal);
    throw error;
  }

  #request(
    method: S3Request['method'],
    handle: Handle,
    verb: string,
    headers: Readonly<Record<string, string>> = {},
  ): S3Request {
    return { method, key: keyOf(this.#target, handle), headers, doing: `${verb} ${describeHandle(handle)}` };
  }
}
