/** The worker's side of a thread pool (thread-pool.ts): answers requests in their order, one or several at once. */
import { serializedError } from './errors.ts';
import type { ThreadMessage, ThreadRequest } from './thread-pool.ts';

export interface ThreadServer<Request, Answer> {
  /** How many requests it answers at the same time (1): worth it where it waits for others, such as stores beyond a network. */
  readonly atOnce?: number;
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
  type Asked = Exclude<ThreadRequest<Request>, 'close'>;
  const { atOnce = 1 } = server;
  const waiting: Asked[] = [];
  let running = 0;
  let stopped = false;
  let closing = false;
  const run = async ({ request, body }: Asked): Promise<void> => {
    running += 1;
    try {
      const answer = await server.answer(body);
      if (!stopped) post({ request, answer });
    } catch (error) {
      if (!stopped) post({ failed: serializedError(error) });
      stopped = true;
    }
    running -= 1;
    advance();
  };
  const advance = (): void => {
    while (!stopped && running < atOnce && waiting.length > 0) void run(waiting.shift()!);
    if (!closing || running > 0) return;
    closing = false;
    server.close().then(ended, ended);
  };
  return (message) => {
    if (message === 'close') {
      stopped = true;
      closing = true;
    } else waiting.push(message);
    advance();
  };
}
