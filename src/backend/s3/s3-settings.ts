/** How files are to be kept in the store, from the destination's settings, as headers of the requests. */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { BackendPlace, FileType } from '../backend.ts';

export interface S3Settings {
  /** Of a request that makes a file. */
  storing(type: FileType, now: Date): Record<string, string>;
  /** Until when the store is to keep a file of this type that is made now. */
  keptUntil(type: FileType, now: Date): Date | undefined;
  /** Of every request for a file's content. */
  readonly reading: Readonly<Record<string, string>>;
  /** Of the request that makes the bucket. */
  readonly forBucket: Readonly<Record<string, string>>;
  readonly retentionMode: string;
}

const retentionModes = ['GOVERNANCE', 'COMPLIANCE'];
const encryptions = ['AES256', 'aws:kms', 'aws:kms:dsse'];
/** Files that every command reads at once. */
const archives = /^(GLACIER|DEEP_ARCHIVE)$/;
const dayMs = 24 * 3_600_000;

/** @throws `invalid-input` for settings that cannot be */
export function readS3Settings(given: NonNullable<BackendPlace['credentials']>, isSafe: boolean): S3Settings {
  const { storageClass, sse, sseKmsKeyId, sseCustomerKey, retentionDays, retentionMode = 'GOVERNANCE' } = given;
  const days = retentionDays === undefined ? undefined : Number(retentionDays);
  if (days !== undefined && !(Number.isInteger(days) && days > 0)) {
    throw invalid('retentionDays', retentionDays, 'Give a number of days.');
  }
  if (!retentionModes.includes(retentionMode))
    throw invalid('retentionMode', retentionMode, 'It can be GOVERNANCE or COMPLIANCE.');
  if (sse !== undefined && !encryptions.includes(sse)) {
    throw invalid('sse', sse, `It can be ${encryptions.join(' or ')}.`);
  }
  const customer = customerKey(sseCustomerKey, isSafe);
  const encryption = {
    ...(sse === undefined ? {} : { 'x-amz-server-side-encryption': sse }),
    ...(sseKmsKeyId === undefined ? {} : { 'x-amz-server-side-encryption-aws-kms-key-id': sseKmsKeyId }),
    ...customer,
  };
  // Locks are to be removed.
  const keptUntil = (type: FileType, now: Date): Date | undefined =>
    days === undefined || type === 'lock' ? undefined : new Date(now.getTime() + days * dayMs);
  return {
    reading: customer,
    keptUntil,
    forBucket: days === undefined ? {} : { 'x-amz-bucket-object-lock-enabled': 'true' },
    retentionMode,
    storing: (type, now) => {
      const until = keptUntil(type, now);
      return {
        ...encryption,
        // Only packs may lie in an archive; the rest is small, and read all the time.
        ...(storageClass !== undefined && (type === 'data' || !archives.test(storageClass))
          ? { 'x-amz-storage-class': storageClass }
          : {}),
        ...(until === undefined
          ? {}
          : {
              'x-amz-object-lock-mode': retentionMode,
              'x-amz-object-lock-retain-until-date': until.toISOString(),
            }),
      };
    },
  };
}

/** SSE-C (Amazon S3 User Guide, "Using server-side encryption with customer-provided keys"). */
function customerKey(base64: string | undefined, isSafe: boolean): Record<string, string> {
  if (base64 === undefined) return {};
  const key = Buffer.from(base64, 'base64');
  if (key.length !== 32) throw invalid('sseCustomerKey', '…', 'Give 32 bytes in base64.');
  if (!isSafe) throw invalid('sseCustomerKey', '…', 'The key is sent with each request: only over https.');
  const name = 'x-amz-server-side-encryption-customer';
  return {
    [`${name}-algorithm`]: 'AES256',
    [`${name}-key`]: key.toString('base64'),
    [`${name}-key-MD5`]: createHash('md5').update(key).digest('base64'),
  };
}

function invalid(name: string, value: string | undefined, hint: string): HoldfastError {
  return new HoldfastError('invalid-input', `The setting ${name} cannot be "${value}".`, { hint });
}
