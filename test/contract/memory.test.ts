import { memoryBackend } from '../../src/backend/memory/memory-backend.ts';
import { backendContract } from './backend-contract.ts';

backendContract('memory', async () => ({ backend: memoryBackend(), cleanup: async () => {} }));
