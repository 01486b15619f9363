/** SFTP servers that are not OpenSSH's: without extensions, with answers shorter than what was asked for. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { retrying } from '../../src/backend/decorators/retry.ts';
import { openSftpBackend } from '../../src/backend/sftp/sftp-backend.ts';
import { mapBounded } from '../../src/base/concurrency.ts';
import { type PlainSftpServer, startPlainSftpServer } from '../support/plain-sftp-server.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const { signal } = new AbortController();

const openAt = (server: PlainSftpServer, folder: TemporaryFolder) => {
  const location = `sftp://me@127.0.0.1:${server.port}/${folder.at('repository')}`;
  const credentials = { sshFolder: folder.at('ssh'), password: 'any', hostKey: server.hostKey };
  return openSftpBackend(location.slice('sftp:'.length), { location, credentials });
};
/** More at once than one channel takes. */
const manyPacks = Array.from({ length: 24 }, () => randomBytes(100_000)).map((bytes) => ({
  handle: { type: 'data', name: createHash('sha256').update(bytes).digest('hex') } as const,
  bytes,
}));

it('a server without extensions that answers reads in small pieces keeps a repository', async () => {
  await using folder = await temporaryFolder();
  await using server = await startPlainSftpServer({ mostBytes: 20_000 });
  const path = folder.at('repository');
  await using backend = openAt(server, folder);
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

it('a server whose files have their names once they are closed keeps many files that are saved at once', async () => {
  await using folder = await temporaryFolder();
  await using server = await startPlainSftpServer({ namesOnClose: true });
  await using backend = openAt(server, folder);
  await backend.create(signal);
  await mapBounded(manyPacks, 8, signal, ({ handle, bytes }) => backend.save(handle, bytes, signal));
  for (const { handle, bytes } of manyPacks) expect(Buffer.compare(await backend.read(handle, signal), bytes)).toBe(0);
});

it('a server that ends the connection for a second channel is used with one, after some tries', async () => {
  await using folder = await temporaryFolder();
  await using server = await startPlainSftpServer({ mostChannels: 1 });
  await using backend = retrying(openAt(server, folder), { random: () => 0.01, deadlineMs: 3_000 });
  await backend.create(signal);
  await mapBounded(manyPacks, 8, signal, ({ handle, bytes }) => backend.save(handle, bytes, signal));
  expect(await Array.fromAsync(backend.list('data', signal))).toHaveLength(manyPacks.length);
});

it('what is asked after the end opens no connection, and is not tried again', async () => {
  await using folder = await temporaryFolder();
  await using server = await startPlainSftpServer();
  const backend = openAt(server, folder);
  await backend.create(signal);
  await backend[Symbol.asyncDispose]();
  await expect(backend.freeBytes(signal)).rejects.toMatchObject({ code: 'internal', retry: 'never' });
});
