/** What a dialect has no words for. */
import { HoldfastError } from '../base/errors.ts';
import type { DialectName } from './remote.ts';

/** A method that says so: `cannot('fa', 'lock a backup')`. */
export function cannot(dialect: DialectName, what: string): () => Promise<never> {
  return async () => {
    throw new HoldfastError('unsupported', `A remote of the kind "${dialect}" cannot ${what}.`);
  };
}
