/** What a backup worker answers, wherever it runs: in a thread (entry.ts) or inline (pool.ts). */
import type { ThreadServer } from '../../base/thread-server.ts';
import type { Backend, FinishedPack } from '../../repository/mod.ts';
import { FileSaver } from './file-saver.ts';
import type { WorkerAnswer, WorkerRequest, WorkerSetup } from './protocol.ts';

export function saverServer(
  setup: WorkerSetup,
  backend: Backend,
  onPack: (pack: FinishedPack) => void,
  // Cancelling goes by the stop flag; a pack that is being published is published, unless that takes too long.
  killed = new AbortController().signal,
): ThreadServer<WorkerRequest, WorkerAnswer> {
  const saver = new FileSaver({ setup, backend, onPack, signal: killed });
  return {
    async answer(request) {
      switch (request.kind) {
        case 'files':
          return saver.saveFiles(request);
        case 'shared':
          return saver.saveShared(request);
        case 'stream':
          return saver.saveStream(request);
        case 'flush':
          await saver.flush();
          return { kind: 'flush' };
      }
    },
    close: () => saver[Symbol.asyncDispose](),
  };
}
