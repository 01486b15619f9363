/**
 * Answers a worker's requests one after the other, wherever it runs: in a thread (entry.ts) or inline (pool.ts).
 */
import type { Backend } from '../../backend/backend.ts';
import { HoldfastError, isHoldfastError, messageOf, type SerializedError } from '../../base/errors.ts';
import { FileSaver } from './file-saver.ts';
import type { WorkerAnswer, WorkerMessage, WorkerRequest, WorkerSetup } from './protocol.ts';

/** Gives the function that takes requests. After a failure, which is posted once, requests are dropped. */
export function serve(options: {
  readonly setup: WorkerSetup;
  readonly backend: Backend;
  readonly post: (message: WorkerMessage) => void;
  readonly signal: AbortSignal;
}): { readonly handle: (request: WorkerRequest) => Promise<void>; readonly close: () => Promise<void> } {
  const { post } = options;
  const saver = new FileSaver({ ...options, onPack: (pack) => post({ kind: 'packs', packs: [pack] }) });
  let failed = false;
  let last: Promise<void> = Promise.resolve();

  const answer = async (request: WorkerRequest): Promise<WorkerAnswer> => {
    switch (request.kind) {
      case 'files':
        return saver.saveFiles(request);
      case 'shared':
        return saver.saveShared(request);
      case 'flush':
        await saver.flush();
        return { kind: 'flush', request: request.request };
    }
  };
  const run = async (request: WorkerRequest): Promise<void> => {
    if (failed) return;
    try {
      post(await answer(request));
    } catch (error) {
      failed = true;
      post({ kind: 'failed', error: serialized(error) });
    }
  };
  return {
    handle(request) {
      last = last.then(() => run(request));
      return last;
    },
    async close() {
      failed = true;
      await last;
      await saver[Symbol.asyncDispose]();
    },
  };
}

function serialized(error: unknown): SerializedError {
  if (isHoldfastError(error)) return error.toJSON();
  return new HoldfastError('internal', messageOf(error), { cause: error }).toJSON();
}
