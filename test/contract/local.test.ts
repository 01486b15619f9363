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

// In memory where there is such a place: every save is flushed twice, and that takes its time on a disk.
// What a disk does differently (it refuses unaligned direct writes) is in test/unit/backend/append-file.test.ts.
const quick = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
backendContract('local, direct writes', () => openIn(quick, { directWrites: true }));
backendContract('local, buffered writes', () => openIn(quick, { directWrites: false }));
