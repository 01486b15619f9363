import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalBackendOptions, openLocalBackend } from '../../src/backend/local/local-backend.ts';
import { backendContract, type OpenedBackend } from './backend-contract.ts';

async function openIn(parent: string, options: LocalBackendOptions): Promise<OpenedBackend> {
  const folder = await mkdtemp(join(parent, 'holdfast-contract-'));
  const path = join(folder, 'a', 'repository');
  return {
    backend: openLocalBackend(path, options),
    reopen: async () => openLocalBackend(path, options),
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
}

// Every save is flushed twice, which takes its time on a disk: the second round is done in memory where there is some.
const quick = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
backendContract('local, direct writes', () => openIn(tmpdir(), { directWrites: true }));
backendContract('local, buffered writes', () => openIn(quick, { directWrites: false }));
