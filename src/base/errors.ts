/**
 * The one error class of Holdfast, and its codes.
 *
 * Rules: match on `code`, never on class or message (classes do not survive worker threads and HTTP).
 * `message` is a sentence for the user: it names the thing and the cause; `hint` says what to do.
 * Cancellation is not an error of ours: rethrow `signal.reason`.
 */
export type ErrorCode =
  | 'append-only' // the store refuses deletes or overwrites
  | 'cancelled'
  | 'conflict' // the thing is in a state that does not allow it, or was changed meanwhile
  | 'corrupt' // bytes that should be right are not (hash, MAC, parse of a repository file)
  | 'exists'
  | 'internal' // a bug in Holdfast
  | 'invalid-input' // what the user gave cannot be used
  | 'io'
  | 'locked' // another process holds a lock that conflicts
  | 'network'
  | 'no-repository'
  | 'no-space' // disk, quota or inodes
  | 'not-found'
  | 'permission'
  | 'source-missing' // a source is missing or suddenly empty
  | 'timeout'
  | 'too-many-requests' // asked too often; later it may be answered
  | 'unauthenticated' // no credential, or one that is not known
  | 'unsupported'
  | 'wrong-password';

/** Whether the same operation may succeed later: `never`, or after a `backoff`. */
export type Retry = 'never' | 'backoff';

/** What is wrong with one field of an input. */
export interface FieldIssue {
  /** Names and indexes joined by dots, as `sources.0`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export interface HoldfastErrorOptions {
  readonly retry?: Retry;
  /** What to do about it, one sentence for the user. */
  readonly hint?: string;
  /** Machine-readable facts (path, id, size …). Never secrets. */
  readonly context?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Of `invalid-input`: which fields, and what is wrong with each. */
  readonly fields?: readonly FieldIssue[];
  readonly cause?: unknown;
}

/** See the file header for the rules. Serialises by `toJSON`, comes back by `HoldfastError.fromJSON`. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError';
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly hint: string | undefined;
  readonly context: NonNullable<HoldfastErrorOptions['context']>;
  readonly fields: readonly FieldIssue[];

  constructor(code: ErrorCode, message: string, options: HoldfastErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? 'never';
    this.hint = options.hint;
    this.context = options.context ?? {};
    this.fields = options.fields ?? [];
  }

  /** The form that crosses threads and HTTP (the cause is kept as text). */
  toJSON(): SerializedError {
    return {
      code: this.code,
      message: this.message,
      retry: this.retry,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      context: this.context,
      ...(this.fields.length === 0 ? {} : { fields: this.fields }),
      ...(this.cause === undefined ? {} : { cause: messageOf(this.cause) }),
    };
  }

  static fromJSON(json: SerializedError): HoldfastError {
    return new HoldfastError(json.code, json.message, {
      retry: json.retry,
      context: json.context,
      ...(json.hint === undefined ? {} : { hint: json.hint }),
      ...(json.fields === undefined ? {} : { fields: json.fields }),
      ...(json.cause === undefined ? {} : { cause: json.cause }),
    });
  }
}

export interface SerializedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retry: Retry;
  readonly hint?: string;
  readonly context: HoldfastError['context'];
  readonly fields?: readonly FieldIssue[];
  readonly cause?: string;
}

/** True for a HoldfastError, of any realm, that has one of these codes (any code if none is given). */
export function isHoldfastError(error: unknown, ...codes: ErrorCode[]): error is HoldfastError {
  if (!(error instanceof Error) || error.name !== 'HoldfastError') return false;
  return codes.length === 0 || codes.includes((error as HoldfastError).code);
}

/** Anything that was thrown, in the form that crosses threads and HTTP: what is no HoldfastError is a fault of ours. */
export function serializedError(error: unknown): SerializedError {
  if (isHoldfastError(error)) return error.toJSON();
  return new HoldfastError('internal', messageOf(error), { cause: error }).toJSON();
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error ("ENOENT" …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * A Node file system error as a HoldfastError: permission, space and missing files told apart.
 * Anything that is not a system error is returned as it is (so that `signal.reason` passes through).
 *
 * @param doing what was being done, for the message: "write /repo/data/ab/abc…"
 */
export function fromSystemError(error: unknown, doing: string): unknown {
  const code = systemCode(error);
  if (code === undefined || isHoldfastError(error) || (error as Error).name === 'AbortError') return error;
  const kind = kinds[code] ?? (code.startsWith('E') ? ioError : undefined);
  if (kind === undefined) return error;
  return new HoldfastError(kind.code, `Cannot ${doing}: ${kind.says ?? messageOf(error)}`, {
    retry: kind.retry ?? 'never',
    ...(kind.hint === undefined ? {} : { hint: kind.hint }),
    context: { systemCode: code },
    cause: error,
  });
}

interface Kind {
  readonly code: ErrorCode;
  readonly says?: string;
  readonly retry?: Retry;
  readonly hint?: string;
}
const ioError: Kind = { code: 'io', retry: 'backoff' };
const noSpace: Kind = {
  code: 'no-space',
  says: 'no space is left on the disk',
  hint: 'Free space on that disk (or raise its quota), then run it again.',
};
const denied: Kind = {
  code: 'permission',
  says: 'permission denied',
  hint: 'Check who owns it and run as a user who may.',
};
const kinds: Readonly<Record<string, Kind>> = {
  ENOENT: { code: 'not-found', says: 'it does not exist' },
  ENOTDIR: { code: 'not-found', says: 'a part of the path is not a folder' },
  EEXIST: { code: 'exists', says: 'it is there already' },
  EACCES: denied,
  EPERM: denied,
  EROFS: {
    code: 'permission',
    says: 'the file system is read-only',
    hint: 'Mount it for writing, or choose another place.',
  },
  ENOSPC: noSpace,
  EDQUOT: noSpace,
  EFBIG: noSpace,
};
