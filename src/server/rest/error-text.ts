/**
 * What a caller is told of an error: a status, as rest-server has them, and a line of plain text.
 *
 * - What the store says is said in words of our own: where it lies on this machine is nobody's business.
 * - A store that is not there is 503 for everything but its config, which `init` asks for: 404 would read as "this pack is lost".
 * - What is wrong with this machine (rights, disk) is a 5xx, and in the log; 403 means that the caller may not.
 */
import { type ErrorCode, type HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { answerFor } from '../../http/error-answer.ts';

export interface ErrorText {
  readonly status: number;
  readonly text: string;
  /** For the log. */
  readonly isFault: boolean;
  readonly retryAfterSeconds?: number;
}

const ofStore: Partial<Record<ErrorCode, Omit<ErrorText, 'retryAfterSeconds'>>> = {
  exists: { status: 403, text: 'It is there already, and is never overwritten.', isFault: false },
  'no-space': { status: 507, text: 'No space is left on the disk of the server.', isFault: true },
  permission: { status: 500, text: 'The server may not use its own disk.', isFault: true },
  corrupt: { status: 500, text: 'The repository is damaged.', isFault: true },
  io: { status: 500, text: 'The server cannot read or write its disk.', isFault: true },
};
const noStore = 'The repository is not there: it was never made, or its disk is not mounted.';

/** @param isConfig what was asked for is the repository's config */
export function errorTextFor(error: unknown, isConfig: boolean): ErrorText {
  if (isHoldfastError(error, 'no-repository')) return { status: isConfig ? 404 : 503, text: noStore, isFault: false };
  if (isHoldfastError(error, 'not-found')) return { status: 404, text: 'It is not here.', isFault: false };
  const { status, error: told, unexpected } = answerFor(error);
  const known = isHoldfastError(error) && !isOurs(error) ? ofStore[error.code] : undefined;
  if (known !== undefined) return known;
  const seconds = told.context.retryAfterSeconds;
  return {
    status: statusFor(error) ?? status,
    text: told.message,
    isFault: unexpected,
    ...(typeof seconds === 'number' ? { retryAfterSeconds: seconds } : {}),
  };
}

/** Of the quota, or of a password that came in the open: it says what the caller can do. */
function isOurs(error: HoldfastError): boolean {
  if (error.code === 'no-space') return error.context.quota === true;
  return error.code === 'permission' && error.context.systemCode === undefined;
}

/** Where rest-server's status is another than ours. */
function statusFor(error: unknown): number | undefined {
  if (isHoldfastError(error, 'invalid-input')) return 400;
  if (isHoldfastError(error, 'append-only')) return 403;
  if (isHoldfastError(error, 'no-space')) return 413;
  return undefined;
}
