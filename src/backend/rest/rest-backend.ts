/**
 * A repository on a server that speaks restic's REST protocol (restic doc/100_references, rest_backend.rst), version 2 or 1: rest-server,
 * `rclone serve restic`, `holdfast server`.
 *
 * What the protocol leaves open, and what is done about it:
 * - **Never overwrite.** rest-server and holdfast refuse a name that exists; rclone (but with `--append-only`) writes over it, without
 *   care for what a crash leaves of the old file. A server does not say which it is, so every upload is preceded by the question whether
 *   the name is taken: one round trip for 16 MiB, that other uploads fill. Two that upload the same name at the same moment can still
 *   meet on rclone; names are hashes of the content there, but for the config, which is written once.
 * - **A store that is not there.** Some servers answer 404 for a file, 503, or an empty listing. Whatever reads as "there is none" makes
 *   this ask for the config; where that is missing and there are no keys either, it is `no-repository`. A place that this very backend
 *   has made is there.
 * - **403** to an upload means that the name is taken, or that the user may not write: the server is asked whether it is there. To a
 *   removal it means that the store is append-only (locks can be removed there, so for a lock it is `permission`).
 * - **A lost answer** to an upload is `network` or `timeout` with `retry: 'backoff'`: it may have arrived, and then a second try says
 *   `exists`.
 *
 * A server that verifies nothing is trusted with bytes as a disk is: `check --read-data` tells.
 */

import { mapBounded } from '../../base/concurrency.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { Backend, BackendPlace, ByteRange, FileType, FileWriter, Handle, ListedFile } from '../backend.ts';
import { bufferedWriter } from '../buffered-writer.ts';
import { checkHandle, describeHandle, fileTypes, isFileName } from '../handle.ts';
import type { Answer } from '../http/answer.ts';
import { bodyOf } from '../http/exchange.ts';
import { HttpConnection, type Question } from '../http/http-connection.ts';
import { readRangeOf } from '../http/read-range.ts';
import { readTlsSettings } from '../http/tls-settings.ts';
import { SharedLimits } from '../limits.ts';
import { type Listed, parseListing } from './listing.ts';
import { parseRestAddress } from './rest-address.ts';
import { noRestServer, statusError } from './status-error.ts';

export interface RestBackendOptions {
  /** Nothing moved for so long while something was waited for: default 60 s. */
  readonly stallMs?: number;
  /** For name look-up, connection and TLS together: default 15 s. */
  readonly connectMs?: number;
}

const folders: Readonly<Record<Exclude<FileType, 'config'>, string>> = {
  data: 'data',
  index: 'index',
  key: 'keys',
  lock: 'locks',
  snapshot: 'snapshots',
};
const config: Handle = { type: 'config', name: 'config' };
const version2 = 'application/vnd.x.restic.rest.v2';
/** Hides the way to the server and back; each upload holds a pack in memory. */
const connections = 8;
/** Of a version 1 listing, whose sizes are asked for one by one. */
const sizesAtOnce = 256;

/**
 * Does no I/O. Credentials by name: `username`, `password`, `caFile`, `clientCertFile`, `clientKeyFile` (see rest-address.ts and
 * tls-settings.ts for what the environment and the URL say).
 *
 * @param url `https://user:password@host:port/path/`
 * @throws `invalid-input` for what is no web address
 */
export function openRestBackend(url: string, place: BackendPlace, options: RestBackendOptions = {}): Backend {
  return new RestBackend(url, place, options);
}

class RestBackend implements Backend {
  readonly location: string;
  readonly place: BackendPlace;
  readonly connections = connections;
  readonly #connection: HttpConnection;
  /** This backend made the layout. */
  #isMade = false;
  /** A config has been seen, here or by who opened the repository. */
  #isKnown: boolean;

  constructor(url: string, place: BackendPlace, { stallMs = 60_000, connectMs = 15_000 }: RestBackendOptions) {
    const address = parseRestAddress(url, place.credentials);
    this.location = `rest:${address.url.href}`;
    this.place = place;
    this.#isKnown = place.wasReached === true;
    this.#connection = new HttpConnection({
      url: address.url,
      ...(address.authorization === undefined ? {} : { headers: { authorization: address.authorization } }),
      tls: () => readTlsSettings(place.credentials),
      atOnce: connections,
      limits: new SharedLimits(place.limits),
      stallMs,
      connectMs,
    });
  }

  async create(signal: AbortSignal): Promise<void> {
    if (await this.#hasConfig(signal)) {
      throw new HoldfastError('exists', `There is a repository at ${this.location} already.`);
    }
    const question = { method: 'POST', path: '?create=true', doing: 'make a repository' } as const;
    using _ = await this.#ok(question, signal);
    this.#isMade = true;
  }

  async openWriter(
    type: FileType,
    { sizeHintBytes, signal }: { readonly sizeHintBytes?: number; readonly signal: AbortSignal },
  ): Promise<FileWriter> {
    signal.throwIfAborted();
    if (!fileTypes.includes(type)) throw new HoldfastError('invalid-input', `"${type}" is no type of repository file.`);
    if (!this.#isKnown) await this.#assertThere(signal);
    const save = (handle: Handle, bytes: Uint8Array) => this.#upload(handle, bytes, signal);
    return bufferedWriter({ type, sizeHintBytes, save, signal });
  }

  async save(handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    checkHandle(handle);
    signal.throwIfAborted();
    if (!this.#isKnown) await this.#assertThere(signal);
    await this.#upload(handle, bytes, signal);
  }

  async read(handle: Handle, signal: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    const doing = `read ${describeHandle(handle)}`;
    using answer = await this.#ofFile({ method: 'GET', path: pathOf(handle), doing }, signal);
    return await answer.allBytes();
  }

  async readRange(handle: Handle, range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    const file = describeHandle(handle);
    const question = { method: 'GET', path: pathOf(handle), doing: `read ${file}` } as const;
    return readRangeOf(range, {
      file,
      location: this.location,
      ask: (part) => this.#ofFile({ ...question, headers: { range: part } }, signal, [416]),
      sizeBytes: async () => (await this.stat(handle, signal)).sizeBytes,
    });
  }

  async stat(handle: Handle, signal: AbortSignal): Promise<ListedFile> {
    checkHandle(handle);
    const doing = `look for ${describeHandle(handle)}`;
    using answer = await this.#ofFile({ method: 'HEAD', path: pathOf(handle), doing }, signal);
    return { name: handle.name, sizeBytes: this.#sizeIn(answer, doing) };
  }

  async *list(type: FileType, signal: AbortSignal): AsyncGenerator<ListedFile> {
    if (type === 'config') {
      const file = await this.#statIfThere(config, signal);
      if (file !== undefined) yield file;
      return;
    }
    const folder = folders[type];
    // Locks are rarely there: both are asked at once then.
    const there = type === 'lock' ? this.#assertThere(signal) : undefined;
    there?.catch(() => undefined); // asked below
    let isEmpty = true;
    for await (const batch of this.#listing(folder, signal)) {
      const listed = batch.filter(({ name }) => isFileName(type, name));
      for (const file of await this.#withSizes(type, listed, signal)) {
        isEmpty = false;
        signal.throwIfAborted();
        yield file;
        signal.throwIfAborted();
      }
    }
    // Some servers list nothing where nothing is.
    if (isEmpty) await (there ?? this.#assertThere(signal));
  }

  async remove(handle: Handle, signal: AbortSignal): Promise<void> {
    checkHandle(handle);
    if (!this.#isKnown) await this.#assertThere(signal); // some servers say yes to anything
    const file = describeHandle(handle);
    const question = { method: 'DELETE', path: pathOf(handle), doing: `remove ${file}` } as const;
    using answer = await this.#connection.ask(question, signal);
    if (answer.isOk) return;
    if (answer.status === 404 && !answer.isPage) return await this.#assertThere(signal);
    const error = await this.#errorOf(answer, question, signal);
    if (!isHoldfastError(error, 'permission') || handle.type === 'lock') throw error;
    throw new HoldfastError(
      'append-only',
      `${this.location} does not let this user remove ${file}: it is append-only.`,
      {
        hint: 'Remove snapshots and prune as a user who may, or on the server itself.',
        context: error.context,
        cause: error,
      },
    );
  }

  async freeBytes(signal: AbortSignal): Promise<number | undefined> {
    await this.#assertThere(signal);
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  async #upload(handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const file = describeHandle(handle);
    const doing = `write ${file}`;
    const look = { method: 'HEAD', path: pathOf(handle), doing: `look for ${file}` } as const;
    const assertNew = async (): Promise<void> => {
      // A server whose disk is gone says that there is no such file, and some of them take uploads all the same.
      const store = this.#assertThere(signal);
      store.catch(() => undefined); // asked below
      using answer = await this.#connection.ask(look, signal);
      if (answer.status === 404 && !answer.isPage) return await store;
      if (!answer.isOk) throw await this.#errorOf(answer, look, signal);
      this.#assertNoPage(answer, look.doing);
      // Its size tells who asks whether it is what they wanted there, or what a crash has left of it.
      const context = { file, sizeBytes: this.#sizeIn(answer, look.doing) };
      throw new HoldfastError('exists', `${file} is there already, at ${this.location}.`, { context });
    };
    await assertNew();
    const question = { method: 'POST', path: pathOf(handle), body: bodyOf(bytes), doing } as const;
    using answer = await this.#connection.ask(question, signal);
    if (answer.isOk) {
      this.#assertNoPage(answer, doing);
      if (handle.type === 'config') this.#isKnown = true;
      return;
    }
    const error = await this.#errorOf(answer, question, signal);
    if (!isHoldfastError(error, 'permission', 'conflict')) throw error;
    await assertNew();
    throw error;
  }

  async *#listing(folder: string, signal: AbortSignal): AsyncGenerator<Listed[], void> {
    const doing = `list ${folder}`;
    const question = { method: 'GET', path: `${folder}/`, headers: { accept: version2 }, doing } as const;
    using answer = await this.#connection.ask(question, signal);
    if (!answer.isOk) {
      const error = await this.#errorOf(answer, question, signal);
      if (!isHoldfastError(error, 'not-found')) throw error;
      await this.#assertThere(signal);
      if (folder === folders.lock) return; // copying tools leave out empty folders, and no lock is lost with one
      throw new HoldfastError('corrupt', `The folder ${folder} is missing in ${this.location}.`, {
        hint: 'Make it there, if nothing was in it; else its files are lost.',
        cause: error,
      });
    }
    this.#assertNoPage(answer, doing);
    try {
      yield* parseListing(answer.chunks());
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new HoldfastError('io', `Cannot ${doing} at ${this.location}: the answer is no whole listing.`, {
        retry: 'backoff',
        hint: 'Try again; check the address if it stays.',
        cause: error,
      });
    }
  }

  /** Asks for the sizes that are missing; a file that has gone since is left out. */
  async #withSizes(type: FileType, listed: readonly Listed[], signal: AbortSignal): Promise<ListedFile[]> {
    const files: ListedFile[] = [];
    for (let at = 0; at < listed.length; at += sizesAtOnce) {
      const part = listed.slice(at, at + sizesAtOnce);
      const known = await mapBounded(part, connections, signal, async ({ name, sizeBytes }) =>
        sizeBytes === undefined ? await this.#statIfThere({ type, name }, signal) : { name, sizeBytes },
      );
      files.push(...known.filter((file) => file !== undefined));
    }
    return files;
  }

  /** @throws `no-repository` where nothing is */
  async #assertThere(signal: AbortSignal): Promise<void> {
    if ((await this.#hasConfig(signal)) || this.#isMade || (await this.#hasKeys(signal))) return;
    throw new HoldfastError('no-repository', `There is no repository at ${this.location}.`, {
      hint: 'Check the address, and that the disk of the server is mounted; "holdfast init" makes a new repository.',
    });
  }

  async #hasConfig(signal: AbortSignal): Promise<boolean> {
    const question = { method: 'HEAD', path: 'config', doing: 'look for a repository' } as const;
    using answer = await this.#connection.ask(question, signal);
    if (answer.status === 404 && !answer.isPage) return false;
    if (!answer.isOk) throw await statusError(answer, { doing: question.doing, location: this.location });
    this.#assertNoPage(answer, question.doing);
    this.#isKnown = true;
    return true;
  }

  /** A repository that has lost its config is one, that nobody should make anew over it. */
  async #hasKeys(signal: AbortSignal): Promise<boolean> {
    const question = {
      method: 'GET',
      path: `${folders.key}/`,
      headers: { accept: version2 },
      doing: 'look for keys',
    } as const;
    using answer = await this.#connection.ask(question, signal);
    if (!answer.isOk) return false;
    this.#assertNoPage(answer, question.doing);
    try {
      for await (const batch of parseListing(answer.chunks())) if (batch.length > 0) return true;
      return false;
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  }

  async #statIfThere(handle: Handle, signal: AbortSignal): Promise<ListedFile | undefined> {
    try {
      return await this.stat(handle, signal);
    } catch (error) {
      if (isHoldfastError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** The answer to a question for a file that must be there. @throws `not-found`, `no-repository`, what the status says */
  async #ofFile(question: Question, signal: AbortSignal, also: readonly number[] = []): Promise<Answer> {
    const answer = await this.#connection.ask(question, signal);
    if (answer.isOk || also.includes(answer.status)) {
      try {
        if (answer.status !== 206) this.#assertNoPage(answer, question.doing);
        return answer;
      } catch (error) {
        answer[Symbol.dispose]();
        throw error;
      }
    }
    using _ = answer;
    throw await this.#errorOf(answer, question, signal);
  }

  async #ok(question: Question, signal: AbortSignal): Promise<Answer> {
    const answer = await this.#connection.ask(question, signal);
    if (answer.isOk) {
      this.#assertNoPage(answer, question.doing);
      return answer;
    }
    using _ = answer;
    throw await this.#errorOf(answer, question, signal);
  }

  /** What a refusal means; one that may mean that the whole store is gone is looked into. */
  async #errorOf(answer: Answer, { doing }: Question, signal: AbortSignal): Promise<HoldfastError> {
    const error = await statusError(answer, { doing, location: this.location });
    answer[Symbol.dispose](); // or those who hold all connections wait for one more each
    if (!answer.isPage && (answer.status === 404 || answer.status === 503)) await this.#assertThere(signal);
    return error;
  }

  #sizeIn(answer: Answer, doing: string): number {
    const { sizeBytes } = answer;
    if (sizeBytes !== undefined) return sizeBytes;
    throw noRestServer({ doing, location: this.location }, 'the answer has no size');
  }

  #assertNoPage(answer: Answer, doing: string): void {
    if (answer.isPage) throw noRestServer({ doing, location: this.location }, 'but a web page');
  }
}

function pathOf(handle: Handle): string {
  return handle.type === 'config' ? 'config' : `${folders[handle.type]}/${handle.name}`;
}
