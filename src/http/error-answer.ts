/**
 * What a caller is told of an error: a status, and `{ error: { code, message, hint, context, fields, retry } }`.
 *
 * Guarantees: errors that are not ours (bugs, and errors of libraries) become a 500 that says nothing of the inside; no
 * stack and no cause ever leaves the process.
 */
import { type ErrorCode, HoldfastError, isHoldfastError, type SerializedError } from '../base/errors.ts';

const statuses: Readonly<Record<ErrorCode, number>> = {
  'append-only': 403,
  cancelled: 409,
  conflict: 409,
  corrupt: 500,
  exists: 409,
  internal: 500,
  'invalid-input': 422,
  io: 500,
  locked: 409,
  network: 502,
  'no-repository': 404,
  'no-space': 507,
  'not-found': 404,
  permission: 403,
  'source-missing': 409,
  timeout: 504,
  'too-many-requests': 429,
  unauthenticated: 401,
  unsupported: 422,
  'wrong-password': 422,
};

/** The HTTP status that answers for a code. */
export function statusOf(code: ErrorCode): number {
  return statuses[code];
}

export interface ErrorAnswer {
  readonly status: number;
  readonly error: HoldfastError;
  /** It is a fault of ours, that the log should have with all its details. */
  readonly unexpected: boolean;
}

/** The answer for whatever was thrown, by a handler or by Fastify. */
export function answerFor(thrown: unknown): ErrorAnswer {
  if (isHoldfastError(thrown) && thrown.code !== 'internal') {
    return { status: statusOf(thrown.code), error: thrown, unexpected: false };
  }
  const known = ofFastify(thrown);
  if (known !== undefined) return { ...known, unexpected: false };
  const error = new HoldfastError('internal', 'Something went wrong inside Holdfast.', {
    hint: 'Try again; if it stays, its log says more.',
  });
  return { status: 500, error, unexpected: true };
}

/** The body of an error, as JSON text. */
export function errorBody(error: HoldfastError): string {
  const { cause: _, ...told } = error.toJSON();
  return JSON.stringify({ error: told satisfies SerializedError });
}

/** Errors of reading a request, which Fastify throws before a handler is called (fastify docs, Reference/Errors). */
function ofFastify(thrown: unknown): Omit<ErrorAnswer, 'unexpected'> | undefined {
  if (!(thrown instanceof Error) || !('statusCode' in thrown) || !('code' in thrown)) {
    // The JSON parser throws a bare SyntaxError with a status.
    const isParser = thrown instanceof SyntaxError && 'statusCode' in thrown;
    return isParser ? { status: 400, error: badRequest('The body is not valid JSON.') } : undefined;
  }
  switch (thrown.code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return { status: 400, error: badRequest('The body is not valid JSON.') };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { status: 415, error: jsonOnly() };
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { status: 413, error: badRequest('The body is too large.') };
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return { status: 400, error: badRequest('The body does not have the length that its header tells.') };
    case 'FST_ERR_BAD_URL':
      return { status: 400, error: badRequest('The address is not a valid one.') };
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return { status: 414, error: badRequest('A part of the address is too long.') };
    default:
      return undefined;
  }
}

export function badRequest(message: string): HoldfastError {
  return new HoldfastError('invalid-input', message);
}

export function jsonOnly(): HoldfastError {
  return new HoldfastError('unsupported', 'Requests that change something must be application/json.', {
    hint: 'Send the header "content-type: application/json", even without a body.',
  });
}

export function noSuchRoute(verb: string, path: string): HoldfastError {
  return new HoldfastError('not-found', `There is no ${verb} ${path}.`, {
    hint: 'GET /api/openapi.json lists what there is.',
  });
}
