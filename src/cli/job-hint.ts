/** Calls that name a job: an id that is not known comes with what lists them. */
import { HoldfastError, isHoldfastError } from '../base/errors.ts';

export async function withJobHint<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!isHoldfastError(error, 'not-found')) throw error;
    throw new HoldfastError('not-found', error.message, {
      hint: 'holdfast job list shows the jobs that are queued or running, holdfast history the past ones.',
      context: error.context,
    });
  }
}
