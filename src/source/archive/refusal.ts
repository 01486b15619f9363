/** How archives are refused: as a whole, naming the entry. */
import { HoldfastError } from '../../base/errors.ts';

export function refusedEntry(name: string, problem: string): HoldfastError {
  return new HoldfastError('invalid-input', `The archive's entry ${JSON.stringify(name)} ${problem}.`, {
    hint: 'Nothing of the archive is taken in. Make it anew without that entry.',
    context: { entry: name },
  });
}

/** Bytes that are no archive, or not the whole one. */
export function damagedArchive(problem: string, cause?: unknown): HoldfastError {
  return new HoldfastError('invalid-input', `The archive is damaged: ${problem}.`, {
    hint: 'Nothing of it is taken in. Get it once more.',
    ...(cause === undefined ? {} : { cause }),
  });
}
