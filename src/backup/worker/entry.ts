/**
 * The backup's worker thread. A composition root: it opens its own backend, since handles do not cross threads.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openBackend } from '../../backend/registry.ts';
import type { WorkerMessage, WorkerRequest, WorkerSetup } from './protocol.ts';
import { serve } from './serve.ts';

const setup = workerData as WorkerSetup;
const port = parentPort!;
const backend = openBackend(setup.location);
const server = serve({
  setup,
  backend,
  post: (message: WorkerMessage) => port.postMessage(message),
  signal: new AbortController().signal,
});
port.on('message', (request: WorkerRequest | 'close') => {
  if (request !== 'close') {
    void server.handle(request);
    return;
  }
  void server
    .close()
    .then(() => backend[Symbol.asyncDispose]())
    .finally(() => port.close());
});
