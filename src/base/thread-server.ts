/** The worker's side of a thread pool (thread-pool.ts): answers requests one after the other. */
import { HoldfastError, isHoldfastError, messageOf, type SerializedError } from './errors.ts';
import type { ThreadMessage, ThreadRequest } from './thread-pool.ts';

export interface ThreadServer<Request, Answer> {
  answer(request: Request): Promise<Answer>;
  /** Called once, at the end, also after a failure. */
  close(): Promise<void>;
}

/**
 * Gives the function that takes messages. The first failure is posted and ends the work: later requests are dropped.
 *
 * @param ended called when the server was closed
 */
export function serveRequests<Request, Answer>(
  server: ThreadServer<Request, Answer>,
  post: (message: ThreadMessage<Answer, never>) => void,
  ended: () => void,
): (message: ThreadRequest<Request>) => void {
  let stopped = false;
  let last: Promise<void> = Promise.resolve();
  const run = async (message: Exclude<ThreadRequest<Request>, 'close'>): Promise<void> => {
    if (stopped) return;
    try {
      post({ request: message.request, answer: await server.answer(message.body) });
    } catch (error) {
      stopped = true;
      post({ failed: serialized(error) });
    }
  };
  return (message) => {
    if (message === 'close') {
      stopped = true;
      last = last.then(() => server.close()).finally(ended);
      last.catch(() => undefined);
      return;
    }
    last = last.then(() => run(message));
  };
}

function serialized(error: unknown): SerializedError {
  if (isHoldfastError(error)) return error.toJSON();
  return new HoldfastError('internal', messageOf(error), { cause: error }).toJSON();
}
