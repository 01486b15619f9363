/** What a repository worker answers, wherever it runs: in a thread (entry.ts) or inline (pool.ts). */
import type { Backend } from '../../backend/backend.ts';
import { StopFlag } from '../../base/stop-flag.ts';
import type { ThreadServer } from '../../base/thread-server.ts';
import { loadKernels } from '../../kernels/kernels.ts';
import { BlobDecoder } from '../blob-decoder.ts';
import { BlobTable } from '../blob-table.ts';
import { PackChecker } from '../check/pack-checker.ts';
import { BlobCopier } from '../prune/blob-copier.ts';
import type { CopiedPack, WorkerAnswer, WorkerRequest, WorkerSetup } from './protocol.ts';

/** For the decoder's region and the segments of two packs that are being written; untouched pages cost nothing. */
const kernelBytes = 20 * 1024 * 1024;

export function repositoryServer(
  setup: WorkerSetup,
  backend: Backend,
  onPack: (pack: CopiedPack) => void,
  // Cancelling goes by the stop flag; a pack that is being published is published, unless that takes too long.
  killed = new AbortController().signal,
): ThreadServer<WorkerRequest, WorkerAnswer> {
  const table = BlobTable.attach(setup.table);
  const stop = new StopFlag(setup.stop);
  const decoder = new BlobDecoder({ key: setup.key, kernels: loadKernels({ memoryBytes: kernelBytes }) });
  const shared = { backend, key: setup.key, table, decoder, stop, signal: killed };
  let checker: PackChecker | undefined;
  let copier: BlobCopier | undefined;
  return {
    async answer(request) {
      switch (request.kind) {
        case 'check':
          checker ??= new PackChecker(shared);
          return checker.check(request);
        case 'copy':
          copier ??= new BlobCopier({ ...shared, packSizeBytes: setup.packSizeBytes, onPack });
          return copier.copy(request);
        case 'flush':
          await copier?.flush();
          return { kind: 'flush' };
      }
    },
    close: async () => copier?.[Symbol.asyncDispose](),
  };
}
