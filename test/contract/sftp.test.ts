import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { openSftpBackend } from '../../src/backend/sftp/sftp-backend.ts';
import { type SshServer, startSshd } from '../support/sshd.ts';
import { removeAll } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';
import { backendContract } from './backend-contract.ts';

const tools = [requireTool('sshd'), requireTool('ssh-keygen')];

describe.skipIf(tools.includes(undefined))('on a real OpenSSH server', () => {
  let server: SshServer;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  backendContract('sftp', async () => {
    const path = server.folder.at('repositories', randomBytes(6).toString('hex'), 'below');
    const place = { location: server.location(path), credentials: server.credentials };
    const open = () => openSftpBackend(place.location.slice('sftp:'.length), place);
    const others: ReturnType<typeof open>[] = [];
    return {
      backend: open(),
      reopen: async () => {
        const other = open();
        others.push(other);
        return other;
      },
      cleanup: async () => {
        await Promise.all(others.map((other) => other[Symbol.asyncDispose]()));
        removeAll(path);
      },
    };
  });
});
