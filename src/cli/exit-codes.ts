/**
 * Exit codes (restic's where restic has them: its doc/075_scripting.rst).
 */
import { type ErrorCode, isHoldfastError } from '../base/errors.ts';

export const exitCodes = {
  done: 0,
  failed: 1,
  /** A snapshot was made, but some files could not be read. */
  incomplete: 3,
  /** A source is missing or suddenly empty; nothing was written. */
  sourceMissing: 4,
  noRepository: 10,
  locked: 11,
  wrongPassword: 12,
  cancelled: 130,
  /** Nobody reads the output any more; what a program that SIGPIPE ended has. */
  outputClosed: 141,
} as const;

const byError: Partial<Record<ErrorCode, number>> = {
  cancelled: exitCodes.cancelled,
  locked: exitCodes.locked,
  'no-repository': exitCodes.noRepository,
  'source-missing': exitCodes.sourceMissing,
  'wrong-password': exitCodes.wrongPassword,
};

export function exitCodeOf(error: unknown): number {
  return (isHoldfastError(error) ? byError[error.code] : undefined) ?? exitCodes.failed;
}
