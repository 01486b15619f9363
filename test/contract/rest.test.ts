import { afterAll, beforeAll, describe } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { openRestBackend } from '../../src/backend/rest/rest-backend.ts';
import { startRclone } from '../support/rclone.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';
import { backendContract } from './backend-contract.ts';

const never = new AbortController().signal;

function openAt(url: string): Backend {
  return openRestBackend(url, { location: `rest:${url}` });
}

describe.skipIf(requireTool('rclone') === undefined)('with rclone', () => {
  let rclone: Awaited<ReturnType<typeof startRclone>>;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let count = 0;
  beforeAll(async () => {
    folder = await temporaryFolder();
    rclone = await startRclone({ folder: folder.path });
  });
  afterAll(async () => {
    await rclone[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  backendContract(
    'rest, rclone serve restic',
    async () => {
      const url = `${rclone.url}${count++}/`;
      return {
        backend: openAt(url),
        reopen: async () => {
          const other = openAt(url);
          await other.create(never);
          return other;
        },
        cleanup: async () => {},
      };
    },
    {
      lastWriterWins: 'rclone writes over what is there',
      showsUnfinished: 'rclone 1.60 writes local files in place',
    },
  );
});

describe('with holdfast server', () => {
  let server: TestServer;
  let token: string;
  let count = 0;
  beforeAll(async () => {
    server = await startTestServer({
      scopes: Array.from({ length: 200 }, (_, n) => ({ id: `r${n}`, dialect: 'restic' })),
    });
    token = await server.token('admin');
  });
  afterAll(() => server[Symbol.asyncDispose]());

  backendContract(
    'rest, holdfast server',
    async () => {
      const url = `${server.url.replace('//', `//any:${token}@`)}/restic/r${count++}/`;
      return {
        backend: openAt(url),
        reopen: async () => {
          const other = openAt(url);
          await other.create(never);
          return other;
        },
        cleanup: async () => {},
      };
    },
    { checksNames: true },
  );
});
