/** What an S3 store refuses, in words that say what to do (Amazon S3 API Reference, "Error responses"). */
import { type ErrorCode, HoldfastError, type Retry } from '../../base/errors.ts';
import type { Answer } from '../http/answer.ts';
import { parseError } from './s3-xml.ts';

/** What was asked, for the message. */
export interface S3Doing {
  /** "read data/0a…" */
  readonly doing: string;
  readonly location: string;
  readonly bucket: string;
  readonly host: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly says: string;
  readonly hint: string;
  readonly retry?: Retry;
}

/** @param body of the answer, read to its end @param now this computer's time */
export async function s3Error(answer: Answer, body: string, asked: S3Doing, now: Date): Promise<HoldfastError> {
  const { status } = answer;
  const told = await parseError(body);
  const code = told?.code ?? '';
  const meaning =
    meanings(asked, answer, now, told?.region)[code] ??
    byStatus(status, told === undefined && (answer.isPage || body.trim() !== ''));
  const said = told === undefined || told.message === '' ? '' : ` (${oneLine(told.message)})`;
  return new HoldfastError(meaning.code, `Cannot ${asked.doing} at ${asked.location}: ${meaning.says}${said}.`, {
    retry: meaning.retry ?? 'never',
    hint: meaning.hint,
    context: {
      status,
      ...(code === '' ? {} : { s3Code: code }),
      ...(told?.region === undefined ? {} : { region: told.region }),
    },
  });
}

function meanings(
  { bucket, host }: S3Doing,
  answer: Answer,
  now: Date,
  regionNamed: string | undefined,
): Readonly<Record<string, Meaning>> {
  const region: Meaning = {
    code: 'invalid-input',
    says: `the bucket is in another region${regionNamed === undefined ? '' : `, ${regionNamed}`}`,
    hint: 'Give its region as the setting region (AWS_DEFAULT_REGION).',
  };
  const settings: Meaning = {
    code: 'invalid-input',
    says: 'it does not take what is asked for so',
    hint: 'Check the settings of encryption, retention (object lock) and storage class: the bucket must be made for them.',
  };
  const later: Meaning = { code: 'io', says: 'the store is busy', hint: 'Try again later.', retry: 'backoff' };
  const full: Meaning = {
    code: 'no-space',
    says: 'the quota is used up',
    hint: 'Free space, or have the quota raised.',
  };
  return {
    InvalidAccessKeyId: {
      code: 'unauthenticated',
      says: 'the access key is not known there',
      hint: 'Check accessKeyId (AWS_ACCESS_KEY_ID), and that the address is that of its store.',
    },
    SignatureDoesNotMatch: {
      code: 'unauthenticated',
      says: 'the secret of the access key is wrong',
      hint: 'Check secretAccessKey (AWS_SECRET_ACCESS_KEY).',
    },
    ExpiredToken: { code: 'unauthenticated', says: 'the session has expired', hint: 'Get a new session token.' },
    InvalidToken: {
      code: 'unauthenticated',
      says: 'the session token is wrong',
      hint: 'Get a new one, or leave it out.',
    },
    RequestTimeTooSkewed: {
      code: 'unauthenticated',
      says: `the clock of this computer is ${skewText(answer, now)}`,
      hint: 'Set the clock right, best by itself over the network.',
    },
    NoSuchBucket: {
      code: 'no-repository',
      says: `there is no bucket "${bucket}" at ${host}`,
      hint: 'Check its name and the address, or make it.',
    },
    NoSuchKey: { code: 'not-found', says: 'it does not exist', hint: 'Check the address.' },
    AccessDenied: {
      code: 'permission',
      says: 'this access key may not',
      hint: 'Give it the right to list, read, write and delete in this bucket.',
    },
    AllAccessDisabled: { code: 'permission', says: 'access to the bucket is switched off', hint: 'Ask who owns it.' },
    AuthorizationHeaderMalformed: region,
    PermanentRedirect: region,
    TemporaryRedirect: { ...later, says: 'the bucket is being moved' },
    IllegalLocationConstraintException: region,
    PreconditionFailed: { code: 'exists', says: 'it is there already', hint: 'Nothing was overwritten.' },
    ConditionalRequestConflict: { ...later, says: 'another is writing it now' },
    SlowDown: { ...later, code: 'too-many-requests', says: 'it is asked too often' },
    InternalError: later,
    ServiceUnavailable: later,
    OperationAborted: later,
    RequestTimeout: { ...later, code: 'timeout', says: 'the request took too long' },
    QuotaExceeded: full,
    InsufficientCapacity: full,
    InvalidStorageClass: {
      code: 'invalid-input',
      says: 'it does not have this storage class',
      hint: 'Change the setting storageClass.',
    },
    InvalidObjectState: {
      code: 'conflict',
      says: 'it lies in an archive and must be restored there first',
      hint: 'Use a storage class that can be read at once.',
    },
    NotImplemented: { code: 'unsupported', says: 'it cannot do this', hint: 'Leave out the setting that asks for it.' },
    ObjectLockConfigurationNotFoundError: {
      code: 'invalid-input',
      says: 'the bucket has no object lock',
      hint: 'Make a bucket with object lock, or leave out retentionDays.',
    },
    InvalidArgument: settings,
    InvalidRequest: settings,
    BadDigest: { code: 'io', says: 'the bytes were changed on their way', hint: 'Try again.', retry: 'backoff' },
    XAmzContentSHA256Mismatch: {
      code: 'io',
      says: 'the bytes were changed on their way',
      hint: 'Try again.',
      retry: 'backoff',
    },
  };
}

/** @param isStrange no answer of an S3 store */
function byStatus(status: number, isStrange: boolean): Meaning {
  if (status === 404 && !isStrange) return { code: 'not-found', says: 'it does not exist', hint: 'Check the address.' };
  if (status === 412) return { code: 'exists', says: 'it is there already', hint: 'Nothing was overwritten.' };
  if (status === 429)
    return { code: 'too-many-requests', says: 'it is asked too often', hint: 'Try again later.', retry: 'backoff' };
  if (status >= 500)
    return {
      code: 'io',
      says: `the store has a problem (status ${status})`,
      hint: 'Try again later.',
      retry: 'backoff',
    };
  if (isStrange)
    return { code: 'no-repository', says: `no S3 store is there (status ${status})`, hint: 'Check the address.' };
  if (status === 401 || status === 403)
    return { code: 'permission', says: 'this access key may not', hint: 'Check the access key and its rights.' };
  return { code: 'io', says: `an answer that was not expected (status ${status})`, hint: 'Check the address.' };
}

function skewText(answer: Answer, now: Date): string {
  const theirs = Date.parse(answer.header('date') ?? '');
  if (Number.isNaN(theirs)) return 'wrong';
  const minutes = Math.round(Math.abs(now.getTime() - theirs) / 60_000);
  return `off by ${minutes} min (it is ${now.getTime() < theirs ? 'slow' : 'fast'})`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 200).replace(/\.$/, '');
}
