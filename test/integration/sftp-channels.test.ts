/** How many SFTP channels a connection opens, told by a server that notes each. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openSftpBackend } from '../../src/backend/sftp/sftp-backend.ts';
import { mapBounded } from '../../src/base/concurrency.ts';
import { type SshServer, startSshd } from '../support/sshd.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

const sftpServer = '/usr/lib/openssh/sftp-server';
const { signal } = new AbortController();
const tools = [requireTool('sshd'), requireTool('ssh-keygen')];

describe.skipIf(tools.includes(undefined) || !existsSync(sftpServer))('channels of a connection', () => {
  const start = (folder: TemporaryFolder, ...settings: readonly string[]): Promise<SshServer> =>
    startSshd([`ForceCommand echo >> ${folder.at('channels')}; exec ${sftpServer}`, ...settings]);
  const channelsOf = (folder: TemporaryFolder): number => readFileSync(folder.at('channels'), 'utf8').length;
  const open = (server: SshServer, port = server.port) => {
    const { location, credentials } = server.through(port, server.folder.at('repository'));
    return openSftpBackend(location.slice('sftp:'.length), { location, credentials });
  };
  const packs = Array.from({ length: 24 }, () => randomBytes(1_000_000)).map((bytes) => ({
    name: createHash('sha256').update(bytes).digest('hex'),
    bytes,
  }));

  it('one for a file after the other, four for many at once on a line with delay; all is read as it was written', async () => {
    await using folder = await temporaryFolder();
    await using server = await start(folder);
    await using proxy = await startTcpProxy(server.port);
    proxy.set({ delayMs: 20 });
    await using backend = open(server, proxy.port);
    await backend.create(signal);
    const [first, ...others] = packs;
    await backend.save({ type: 'data', name: first!.name }, first!.bytes, signal);
    expect(Buffer.compare(await backend.read({ type: 'data', name: first!.name }, signal), first!.bytes)).toBe(0);
    expect(channelsOf(folder)).toBe(1);
    await mapBounded(others, 8, signal, ({ name, bytes }) => backend.save({ type: 'data', name }, bytes, signal));
    const range = { offset: 999_000, length: 1_000 };
    const read = await Promise.all(packs.map(({ name }) => backend.readRange({ type: 'data', name }, range, signal)));
    expect(read.every((bytes, at) => packs[at]!.bytes.subarray(999_000).equals(bytes))).toBe(true);
    expect(channelsOf(folder)).toBe(4);
  });

  it('one where the server grants no more: all is done through it', async () => {
    await using folder = await temporaryFolder();
    await using server = await start(folder, 'MaxSessions 1');
    await using backend = open(server);
    await backend.create(signal);
    await Promise.all(packs.map(({ name, bytes }) => backend.save({ type: 'data', name }, bytes, signal)));
    expect(channelsOf(folder)).toBe(1);
    expect(await Array.fromAsync(backend.list('data', signal))).toHaveLength(packs.length);
  });
});
