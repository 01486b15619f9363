/**
 * The backend port: where a repository's files live. A backend knows bytes by handle, nothing of their meaning.
 *
 * The contract, checked by test/contract/backend-contract.ts for every backend:
 * - **Publish is atomic.** A file is absent or whole and durable (data and directory entry fsynced, or the store's
 *   equivalent) under its name; a crash leaves at most a temporary file that no listing shows.
 * - **Never overwrite.** `commit` and `save` of a name that exists fail with code `exists` and change nothing
 *   (`config` and `keys` too).
 * - **Short reads are errors.** `read` returns exactly the bytes asked for, or fails: `not-found` for no such file,
 *   `corrupt` where the file is shorter than the range.
 * - **A listing can fail but never lies.** It yields every file or throws; an unreadable directory is an error, a
 *   directory that is missing from a repository is `corrupt`, never "empty" (but for locks: copying tools leave out
 *   empty folders, and no lock is lost with one).
 * - **A store that is not there is `no-repository`** for every call but `create`, reads of a single file and removals
 *   included, so that a disk that is not mounted never reads as "this pack is lost".
 * - **Remove is idempotent.** A file that is gone already is no error. The removal of an index, snapshot, key or config
 *   is durable when it resolves, because what is removed next relies on it; that of a pack or lock need not be.
 * - Errors are HoldfastError with codes `not-found`, `exists`, `permission`, `no-space`, `io`, `network`, `timeout`,
 *   `append-only`, `corrupt`, `no-repository`, and `invalid-input` for a name or range that is none; `retry` says
 *   whether trying again may help. Nothing is retried in here: decorators do that.
 * - Every call honours its signal and rethrows `signal.reason`.
 */

/** The kinds of file in a restic repository (restic design.rst, Repository Layout). */
export type FileType = 'config' | 'data' | 'index' | 'key' | 'lock' | 'snapshot';

/** Names a file. `name` is 64 lowercase hex digits, but for `config`, whose name is always "config". */
export interface Handle {
  readonly type: FileType;
  readonly name: string;
  /** A data file that is wanted for the trees in it, as restic's IsMetadata: a cache may fetch it whole, keep it, and answer for the store. */
  readonly metadata?: boolean;
}

export interface ListedFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/** A half-open range in bytes. A negative `offset` counts from the end of the file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A file that is being written; its name is known only at the end. Dispose without commit = abort. */
export interface FileWriter extends AsyncDisposable {
  /** What is written stays in memory until the commit has ended: few should be open at once. */
  readonly isInMemory?: boolean;
  /**
   * Appends. Segments of a multiple of 4096 bytes at a 4096-aligned offset of a WebAssembly memory are the fastest.
   * The bytes are consumed before it returns (sync backends) or before its promise resolves;
   * after that the caller may reuse the buffer. Call one at a time.
   */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Publishes under that name, durably. Nothing may be called after it but dispose, whether it succeeds or fails. */
  commit(name: string): Promise<void>;
}

/** Where a repository's files live, and what it takes to get at them. Crosses threads: workers open their own backend by it. */
export interface BackendPlace {
  /** As the user writes it: a path, or `kind:rest` as restic does (`sftp:user@host:/path`, `s3:https://host/bucket`, `rest:https://host/`). */
  readonly location: string;
  /** Secrets and settings of this destination by name, as its backend documents them; they come before the environment. Never shown. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** It was reached: if it cannot be any more, that is the network's trouble, and worth waiting for. */
  readonly wasReached?: boolean;
  /** Limits of bandwidth that all threads share (`SharedLimits`); those who own them may change them at any time. */
  readonly limits?: SharedArrayBuffer;
  /** Where calls that are tried again say so, in all threads (`SharedWaits`). */
  readonly waits?: SharedArrayBuffer;
  /** Where caches of stores beyond a network may lie on this machine; without it there is none. */
  readonly cacheFolder?: string;
}

export interface Backend extends AsyncDisposable {
  /** What the user would recognise: a path or a URL without secrets. */
  readonly location: string;
  /** Opens another one like it by the registry, in another thread too. */
  readonly place: BackendPlace;
  /** How many calls are worth having in flight (1 … 16). */
  readonly connections: number;
  /** The store itself, where a cache may answer for it: for whoever wants to know what the store holds. Disposed of with this one. */
  readonly uncached?: Backend;

  /** Makes the empty layout of a repository. Fails with `exists` if a config file is there. */
  create(signal: AbortSignal): Promise<void>;
  /** Starts a new file of this type. `sizeHintBytes` is what it will be about; `metadata` as in its handle. */
  openWriter(
    type: FileType,
    options: { readonly sizeHintBytes?: number; readonly metadata?: boolean; readonly signal: AbortSignal },
  ): Promise<FileWriter>;
  /** Writes a whole small file: `openWriter`, `write`, `commit`. */
  save(handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** The whole file. */
  read(handle: Handle, signal: AbortSignal): Promise<Uint8Array>;
  /** Part of a file. */
  readRange(handle: Handle, range: ByteRange, signal: AbortSignal): Promise<Uint8Array>;
  /** Size in bytes; `not-found` if there is no such file. */
  stat(handle: Handle, signal: AbortSignal): Promise<ListedFile>;
  /** Every file of that type, in no order, each once. Names that are no restic names are left out. */
  list(type: FileType, signal: AbortSignal): AsyncIterable<ListedFile>;
  remove(handle: Handle, signal: AbortSignal): Promise<void>;
  /** Space left for this user, in bytes, or undefined where the store cannot tell. */
  freeBytes(signal: AbortSignal): Promise<number | undefined>;
  /**
   * Only where the destination's settings ask for object lock: has the store keep a file for the whole time of the settings from now on, if
   * less than half of that is left; never for a shorter time than it is kept already. Idempotent. True where it was extended.
   *
   * @throws `not-found`, `permission` (the access key may not), `invalid-input` (the bucket has no object lock)
   */
  extendObjectLock?(handle: Handle, signal: AbortSignal): Promise<boolean>;
}
