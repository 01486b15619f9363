/** The frame of a worker thread's entry file: takes requests from the parent's port until it is closed. */
import { parentPort } from 'node:worker_threads';
import { HoldfastError } from './errors.ts';
import type { ThreadRequest } from './thread-pool.ts';
import { serveRequests, type ThreadServer } from './thread-server.ts';

/**
 * Serves until the pool closes the thread.
 *
 * @param make gets the function that sends events to the pool
 * @param close frees what the entry opened; what goes wrong there concerns nobody any more
 */
export function serveThread<Request, Answer, Event>(
  make: (emit: (event: Event) => void) => ThreadServer<Request, Answer>,
  close: () => PromiseLike<void>,
): void {
  const port = parentPort;
  if (port === null) throw new HoldfastError('internal', 'A worker entry was started outside of a thread.');
  const end = (): void => port.close();
  const handle = serveRequests(
    make((event) => port.postMessage({ event })),
    (message) => port.postMessage(message),
    () => void close().then(end, end),
  );
  port.on('message', (message: ThreadRequest<Request>) => handle(message));
}
