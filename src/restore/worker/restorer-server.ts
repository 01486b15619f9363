/** What a restore worker answers, wherever it runs: in a thread (entry.ts) or inline (pool.ts). */
import type { ThreadServer } from '../../base/thread-server.ts';
import type { Backend } from '../../repository/mod.ts';
import { FileRestorer } from './file-restorer.ts';
import type { WorkerAnswer, WorkerRequest, WorkerSetup } from './protocol.ts';

export function restorerServer(setup: WorkerSetup, backend: Backend): ThreadServer<WorkerRequest, WorkerAnswer> {
  const restorer = new FileRestorer(setup, backend);
  return {
    answer: (request) => (request.kind === 'files' ? restorer.restoreFiles(request) : restorer.restoreSegment(request)),
    close: async () => undefined,
  };
}
