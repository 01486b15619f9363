/** What a restore worker answers, wherever it runs: in a thread (entry.ts) or inline (pool.ts). From stores beyond a network, several at once. */
import type { ThreadServer } from '../../base/thread-server.ts';
import type { Backend } from '../../repository/mod.ts';
import { FileRestorer } from './file-restorer.ts';
import type { WorkerAnswer, WorkerRequest, WorkerSetup } from './protocol.ts';

/** Of a local backend: more is no faster there. */
const diskConnections = 4;
/** While one waits for the store, others are decoded and written. */
const requestsAtOnce = 3;

export function restorerServer(
  setup: WorkerSetup,
  backend: Backend,
  // Cancelling goes by the stop flag; this ends what is waited for too long.
  killed = new AbortController().signal,
): ThreadServer<WorkerRequest, WorkerAnswer> {
  const restorer = new FileRestorer(setup, backend, killed);
  return {
    atOnce: backend.connections > diskConnections ? requestsAtOnce : 1,
    answer: (request) => (request.kind === 'files' ? restorer.restoreFiles(request) : restorer.restoreSegment(request)),
    close: async () => undefined,
  };
}
