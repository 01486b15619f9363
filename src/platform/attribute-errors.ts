/** The errors of the file attribute adapters: HoldfastErrors that name the path. */
import { getSystemErrorName } from 'node:util';
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { fromSystemError, HoldfastError, isHoldfastError, systemCode } from '../base/errors.ts';

/** An errno of the C library as the error of `doing` something with `path`. */
export function errnoError(errno: number, doing: string, path: ByteString): HoldfastError {
  const code = errno > 0 ? getSystemErrorName(-errno) : 'EIO';
  return attributeError(Object.assign(new Error(`${code} (errno ${errno})`), { code, errno: -errno }), doing, path);
}

/** A system error (of Node or made here) as a HoldfastError with `context.path`. */
export function attributeError(error: unknown, doing: string, path: ByteString): HoldfastError {
  const shown = toUtf8(path);
  const code = systemCode(error);
  if (code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS') {
    return new HoldfastError('unsupported', `Cannot ${doing} of ${shown}: this file system does not have them`, {
      context: { path: shown, systemCode: code },
      cause: error,
    });
  }
  const known = fromSystemError(error, `${doing} of ${shown}`);
  if (!isHoldfastError(known)) {
    return new HoldfastError('internal', `Cannot ${doing} of ${shown}`, { context: { path: shown }, cause: error });
  }
  return new HoldfastError(known.code, known.message, {
    retry: known.retry,
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    context: { ...known.context, path: shown },
    cause: error,
  });
}
