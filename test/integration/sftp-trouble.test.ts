/** What a user gets to read when an SSH server is not as it should be. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSftpBackend } from '../../src/backend/sftp/sftp-backend.ts';
import type { HoldfastError } from '../../src/base/errors.ts';
import { type SshServer, startSshd } from '../support/sshd.ts';
import { limitedFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

const tools = [requireTool('sshd'), requireTool('ssh-keygen')];
const { signal } = new AbortController();

describe.skipIf(tools.includes(undefined))('an SSH server', () => {
  let server: SshServer;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  afterEach(() => vi.unstubAllEnvs());

  const at = (location: string, credentials: Readonly<Record<string, string>> = server.credentials, stallMs = 5_000) =>
    openSftpBackend(location.slice('sftp:'.length), { location, credentials }, { stallMs, connectMs: 2_000 });
  const tell = async (backend: ReturnType<typeof at>): Promise<HoldfastError> => {
    await using it = backend;
    return await it.create(signal).then(
      () => expect.unreachable(),
      (error: HoldfastError) => error,
    );
  };

  it('that is not known: asks for its key to be accepted, and takes it then', async () => {
    await using folder = await temporaryFolder();
    copyFileSync(server.folder.at('user', 'id_ed25519'), folder.at('id_ed25519'));
    const path = server.folder.at('unknown');
    const error = await tell(at(server.location(path), { sshFolder: folder.path }));
    expect(error).toMatchObject({
      code: 'unauthenticated',
      retry: 'never',
      message: expect.stringContaining('not known'),
    });
    expect(error.context.fingerprint).toMatch(/^SHA256:/);
    await using accepted = at(server.location(path), {
      sshFolder: folder.path,
      hostKey: String(error.context.hostKey),
    });
    await accepted.create(signal);
  });

  it('whose key has changed: is not talked to', async () => {
    await using other = await startSshd();
    await other.changeHostKey();
    await other.stop();
    await other.start();
    const error = await tell(at(other.location(other.folder.at('x')), other.credentials));
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('has changed') });
    expect(error.context.hostKey).toBeUndefined();
  });

  it('that does not let the user in: says what was offered', async () => {
    await using folder = await temporaryFolder();
    copyFileSync(server.folder.at('other_key'), folder.at('id_ed25519'));
    copyFileSync(server.folder.at('user', 'known_hosts'), folder.at('known_hosts'));
    writeFileSync(folder.at('id_rsa'), 'no key at all');
    const error = await tell(at(server.location('/tmp/x'), { sshFolder: folder.path, password: 'canary' }));
    expect(error).toMatchObject({ code: 'unauthenticated', retry: 'never' });
    expect(error.message).toContain(`${folder.path}/id_ed25519, the password`);
    expect(error.message).toContain(`${folder.path}/id_rsa could not be opened`);
    expect(JSON.stringify(error.toJSON())).not.toContain('canary');
  });

  it('is logged in to by key file where SSH_AUTH_SOCK leads nowhere', async () => {
    vi.stubEnv('SSH_AUTH_SOCK', server.folder.at('no-agent'));
    await using backend = at(server.location(server.folder.at('stale-agent')));
    await backend.create(signal);
    await using stranger = await temporaryFolder();
    copyFileSync(server.folder.at('user', 'known_hosts'), stranger.at('known_hosts'));
    const error = await tell(at(server.location('/tmp/x'), { sshFolder: stranger.path }));
    expect(error).toMatchObject({ code: 'unauthenticated', retry: 'never' });
  });

  it('that ends the connection after too many keys: is no trouble of the network', async () => {
    await using strict = await startSshd(['MaxAuthTries 2']);
    for (const name of ['id_ed25519', 'id_ecdsa', 'id_rsa']) {
      copyFileSync(strict.folder.at('other_key'), strict.folder.at('user', name));
    }
    const error = await tell(at(strict.location('/tmp/x'), strict.credentials));
    expect(error).toMatchObject({ code: 'unauthenticated', retry: 'never' });
  });

  it('that only knows ciphers which are not used here: says so', async () => {
    await using old = await startSshd(['Ciphers aes256-cbc']);
    const error = await tell(at(old.location('/tmp/x'), old.credentials));
    expect(error).toMatchObject({ code: 'unsupported', retry: 'never', message: expect.stringContaining('cipher') });
  });

  it('that is not there: names host and port', async () => {
    const refused = await tell(at('sftp://me@127.0.0.1:1//x'));
    expect(refused).toMatchObject({ code: 'network', retry: 'backoff', message: expect.stringContaining('port 1') });
    const unknown = await tell(at('sftp:me@no-such-host.invalid:/x'));
    expect(unknown).toMatchObject({ code: 'network', message: expect.stringContaining('no-such-host.invalid') });
  });

  it('that says nothing: is given up', async () => {
    const { silent, port } = await listening();
    const error = await tell(at(`sftp://me@127.0.0.1:${port}//x`));
    expect(error).toMatchObject({ code: 'network', retry: 'backoff' });
    silent.close();
  });

  it('that stops in the middle: the call fails, the next one connects anew', async () => {
    const path = server.folder.at('stopped');
    await using backend = at(server.location(path), server.credentials, 500);
    await backend.create(signal);
    await server.stop();
    const bytes = randomBytes(100);
    const handle = { type: 'data', name: 'ab'.repeat(32) } as const;
    await expect(backend.save(handle, bytes, signal)).rejects.toMatchObject({ code: 'network', retry: 'backoff' });
    await server.start();
    await backend.save(handle, bytes, signal);
    expect(Buffer.compare(await backend.read(handle, signal), bytes)).toBe(0);
  });

  it('that stalls: is noticed within the limit', async () => {
    const path = server.folder.at('stalled');
    await using backend = at(server.location(path), server.credentials, 500);
    await backend.create(signal);
    const session = await sessionOf(server.pid);
    for (const pid of session) process.kill(pid, 'SIGSTOP');
    const startedMs = performance.now();
    await expect(backend.freeBytes(signal)).rejects.toMatchObject({ code: 'timeout', retry: 'backoff' });
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    for (const pid of session) process.kill(pid, 'SIGKILL');
  });

  it('without room: says so, and leaves nothing behind', async (context) => {
    await using disk = await limitedFolder({ size: '4m' });
    if (disk === undefined) return context.skip('may not mount a small disk');
    await using backend = at(server.location(disk.at('repository')));
    await backend.create(signal);
    const save = backend.save({ type: 'data', name: 'cd'.repeat(32) }, randomBytes(8_000_000), signal);
    await expect(save).rejects.toMatchObject({ code: 'no-space', retry: 'never' });
    await backend.save({ type: 'data', name: 'ef'.repeat(32) }, randomBytes(1_000_000), signal);
    expect(await Array.fromAsync(backend.list('data', signal))).toHaveLength(1);
  });

  it('without room for several files at once: says so of each that failed', async (context) => {
    await using disk = await limitedFolder({ size: '8m' });
    if (disk === undefined) return context.skip('may not mount a small disk');
    await using backend = at(server.location(disk.at('repository')));
    await backend.create(signal);
    const saves = Array.from({ length: 8 }, (_, n) =>
      backend.save({ type: 'data', name: `${n}`.repeat(64) }, randomBytes(3_000_000 + n * 300_000), signal),
    );
    const outcomes = await Promise.allSettled(saves);
    const failed = outcomes.filter((one) => one.status === 'rejected').map(({ reason }) => reason.code);
    expect(failed.length).toBeGreaterThan(4);
    expect(new Set(failed)).toEqual(new Set(['no-space']));
  });

  it('that only lets files be read: says that the user may not write, and is read from', async () => {
    await using readOnly = await startSshd(['ForceCommand internal-sftp -R']);
    const path = readOnly.folder.at('repository');
    const handle = { type: 'data', name: 'ab'.repeat(32) } as const;
    {
      await using owner = at(server.location(path));
      await owner.create(signal);
      await owner.save(handle, Buffer.from('there'), signal);
    }
    await using backend = at(readOnly.location(path), readOnly.credentials);
    const refused = { code: 'permission', retry: 'never', message: expect.stringContaining(path) };
    const other = { type: 'data', name: 'cd'.repeat(32) } as const;
    await expect(backend.save(other, randomBytes(10), signal)).rejects.toMatchObject(refused);
    await expect(backend.remove(handle, signal)).rejects.toMatchObject(refused);
    expect(Buffer.from(await backend.read(handle, signal)).toString()).toBe('there');
    expect(await Array.fromAsync(backend.list('data', signal))).toHaveLength(1);
    expect(await tell(at(readOnly.location(`${path}/below`), readOnly.credentials))).toMatchObject(refused);
  });

  it('with a folder that the user may not look into: says so, whatever is wanted of it', async () => {
    const asNobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups /usr/lib/openssh/sftp-server';
    await using other = await startSshd(process.getuid?.() === 0 ? [`ForceCommand ${asNobody}`] : []);
    const path = other.folder.at('closed');
    mkdirSync(path, { mode: 0o000 });
    const backend = at(other.location(`${path}/below`), other.credentials);
    const refused = { code: 'permission', retry: 'never', message: expect.stringContaining(path) };
    const handle = { type: 'data', name: 'ab'.repeat(32) } as const;
    await expect(backend.save(handle, randomBytes(10), signal)).rejects.toMatchObject(refused);
    await expect(backend.read(handle, signal)).rejects.toMatchObject(refused);
    await expect(backend.remove(handle, signal)).rejects.toMatchObject(refused);
    await expect(backend.freeBytes(signal)).rejects.toMatchObject(refused);
    for (const type of ['data', 'config', 'lock'] as const) {
      await expect(Array.fromAsync(backend.list(type, signal))).rejects.toMatchObject(refused);
    }
    expect(await tell(backend)).toMatchObject(refused);
  });
});

async function listening(): Promise<{ readonly silent: Server; readonly port: number }> {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { silent, port: address.port };
}

/** The processes below the server: its sessions. */
async function sessionOf(pid: number): Promise<number[]> {
  const { runProcess } = await import('../support/run-process.ts');
  const below = async (parent: number): Promise<number[]> => {
    const { stdout } = await runProcess('pgrep', ['-P', String(parent)]);
    const children = stdout.split('\n').filter(Boolean).map(Number);
    return [...children, ...(await Promise.all(children.map(below))).flat()];
  };
  return below(pid);
}
