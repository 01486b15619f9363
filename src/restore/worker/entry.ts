/**
 * The restore's worker thread. A composition root: it opens its own backend, since handles do not cross threads.
 */
import { workerData } from 'node:worker_threads';
import { openBackend } from '../../backend/registry.ts';
import { serveThread } from '../../base/thread-entry.ts';
import type { WorkerSetup } from './protocol.ts';
import { restorerServer } from './restorer-server.ts';

const setup = workerData as WorkerSetup;
const backend = openBackend(setup.place);
serveThread(
  () => restorerServer(setup, backend),
  () => backend[Symbol.asyncDispose](),
);
