/**
 * The restore's worker thread. A composition root: it opens its own backend, since handles do not cross threads.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openBackend } from '../../backend/registry.ts';
import type { ThreadRequest } from '../../base/thread-pool.ts';
import { serveRequests } from '../../base/thread-server.ts';
import type { WorkerRequest, WorkerSetup } from './protocol.ts';
import { restorerServer } from './restorer-server.ts';

const setup = workerData as WorkerSetup;
const port = parentPort!;
const backend = openBackend(setup.location);
const handle = serveRequests(
  restorerServer(setup, backend),
  (message) => port.postMessage(message),
  () =>
    void backend[Symbol.asyncDispose]().then(
      () => port.close(),
      () => port.close(),
    ),
);
port.on('message', (message: ThreadRequest<WorkerRequest>) => handle(message));
