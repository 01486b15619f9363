import { cached } from '../../src/backend/decorators/cache/cached.ts';
import { memoryBackend } from '../../src/backend/memory/memory-backend.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backendContract } from './backend-contract.ts';

backendContract('cached, over memory', async () => {
  const folder = await temporaryFolder();
  return {
    backend: cached(memoryBackend(), { folder: folder.path }),
    cleanup: () => folder[Symbol.asyncDispose](),
  };
});
