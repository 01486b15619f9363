import { retrying } from '../../src/backend/decorators/retry.ts';
import { memoryBackend } from '../../src/backend/memory/memory-backend.ts';
import { backendContract } from './backend-contract.ts';

backendContract('retrying', async () => ({ backend: retrying(memoryBackend()), cleanup: async () => {} }));
