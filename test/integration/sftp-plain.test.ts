/** SFTP servers that are not OpenSSH's: without extensions, with answers shorter than what was asked for. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openSftpBackend } from '../../src/backend/sftp/sftp-backend.ts';
import { startPlainSftpServer } from '../support/plain-sftp-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { signal } = new AbortController();

it('a server without extensions that answers reads in small pieces keeps a repository', async () => {
  await using folder = await temporaryFolder();
  await using server = await startPlainSftpServer(20_000);
  const path = folder.at('repository');
  const location = `sftp://me@127.0.0.1:${server.port}/${path}`;
  const credentials = { sshFolder: folder.at('ssh'), password: 'any', hostKey: server.hostKey };
  await using backend = openSftpBackend(location.slice('sftp:'.length), { location, credentials });
  await backend.create(signal);
  const handle = { type: 'data', name: 'ab'.repeat(32) } as const;
  const bytes = randomBytes(600_000);
  await backend.save(handle, bytes, signal);
  expect(Buffer.compare(await backend.read(handle, signal), bytes)).toBe(0);
  const part = await backend.readRange(handle, { offset: -300_001, length: 290_000 }, signal);
  expect(Buffer.compare(part, bytes.subarray(299_999, 589_999))).toBe(0);
  await expect(backend.save(handle, randomBytes(10), signal)).rejects.toMatchObject({ code: 'exists' });
  expect(readdirSync(`${path}/data/ab`)).toEqual([handle.name]);
  for (let n = 0; n < 8; n++)
    await backend.save({ type: 'snapshot', name: `${n}`.repeat(64) }, bytes.subarray(0, n), signal);
  expect(await Array.fromAsync(backend.list('snapshot', signal))).toHaveLength(8);
  expect(await Array.fromAsync(backend.list('data', signal))).toEqual([{ name: handle.name, sizeBytes: bytes.length }]);
  expect(await backend.freeBytes(signal)).toBeUndefined();
  await backend.remove({ type: 'snapshot', name: '1'.repeat(64) }, signal);
  expect(await Array.fromAsync(backend.list('snapshot', signal))).toHaveLength(7);
});
