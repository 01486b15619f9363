/** What ~/.ssh says counts as for ssh itself: servers that are passed through, names of keys, which keys are offered, known_hosts. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSftpBackend } from '../../src/backend/sftp/sftp-backend.ts';
import type { HoldfastError } from '../../src/base/errors.ts';
import { type SshServer, startSshd } from '../support/sshd.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

const tools = [requireTool('sshd'), requireTool('ssh-keygen')];
const { signal } = new AbortController();

describe.skipIf(tools.includes(undefined))('the configuration of ssh', () => {
  let server: SshServer;
  let folder: TemporaryFolder;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  afterEach(async () => {
    vi.unstubAllEnvs();
    await folder[Symbol.asyncDispose]();
  });

  /** A user with that configuration, whose key the servers take. */
  const user = async (config: string): Promise<void> => {
    folder = await temporaryFolder();
    copyFileSync(server.folder.at('user', 'id_ed25519'), folder.at('id_ed25519'));
    writeFileSync(folder.at('config'), config);
  };
  const host = (name: string, { port }: { readonly port: number }, more = ''): string =>
    `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}\n  User ${userInfo().username}\n  HashKnownHosts no\n  ${more}\n`;
  const at = (name: string, credentials: Readonly<Record<string, string>> = {}) => {
    const location = `sftp:${name}:${server.folder.at(`repository-${name}`)}`;
    const all = { sshFolder: folder.path, ...credentials };
    return openSftpBackend(location.slice('sftp:'.length), { location, credentials: all }, { connectMs: 3000 });
  };
  const made = async (name: string, credentials: Readonly<Record<string, string>> = {}): Promise<void> => {
    await using backend = at(name, credentials);
    await backend.create(signal);
  };
  const failing = (name: string, credentials: Readonly<Record<string, string>> = {}): Promise<HoldfastError> =>
    made(name, credentials).then(
      () => expect.unreachable(),
      (error: HoldfastError) => error,
    );
  const keyOf = (of: SshServer): string => readFileSync(of.folder.at('host_key.pub'), 'utf8').trim();
  const known = (): string => readFileSync(folder.at('known_hosts'), 'utf8');
  const takes = (of: SshServer): void =>
    copyFileSync(server.folder.at('authorized_keys'), of.folder.at('authorized_keys'));

  it('ProxyJump: passes through the other server, whose key is asked for as well', async () => {
    await using jump = await startSshd();
    takes(jump);
    await user(host('jump', jump) + host('nas', server, 'ProxyJump jump'));
    const first = await failing('nas');
    expect(first.context).toMatchObject({ port: jump.port, hostKey: keyOf(jump) });
    const second = await failing('nas', { hostKey: keyOf(jump) });
    expect(second.context).toMatchObject({ port: server.port, hostKey: keyOf(server) });
    await made('nas', { hostKey: keyOf(server) });
    expect(known()).toBe(`[127.0.0.1]:${jump.port} ${keyOf(jump)}\n[127.0.0.1]:${server.port} ${keyOf(server)}\n`);
    await jump.stop();
    expect(await failing('nas')).toMatchObject({ code: 'network', message: expect.stringContaining(`${jump.port}`) });
  });

  it('ProxyJump through a server that forwards nothing, or to one that is not there: says so', async () => {
    await using jump = await startSshd(['AllowTcpForwarding no']);
    takes(jump);
    await user(
      host('jump', jump) +
        host('nas', server, 'ProxyJump jump') +
        host('gone', { port: 1 }, 'ProxyJump open') +
        host('open', server) +
        host('circle', server, 'ProxyJump circle'),
    );
    writeFileSync(
      folder.at('known_hosts'),
      [jump, server].map((one) => `[127.0.0.1]:${one.port} ${keyOf(one)}\n`).join(''),
    );
    expect(await failing('nas')).toMatchObject({ code: 'permission', hint: expect.stringContaining('TCP forwarding') });
    expect(await failing('gone')).toMatchObject({ code: 'network', message: expect.stringContaining('port 1') });
    expect(await failing('circle')).toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('circle'),
    });
  });

  it.each(['no', 'yes'])('a key that was accepted is known to ssh from then on (HashKnownHosts %s)', async (hashed) => {
    await user(`HashKnownHosts ${hashed}\n${host('nas', server)}`);
    writeFileSync(folder.at('known_hosts'), 'other ssh-ed25519 AAAA');
    await made('nas', { hostKey: keyOf(server) });
    await made('nas', { hostKey: keyOf(server) });
    await made('nas');
    expect(known().split('\n')).toHaveLength(3);
    expect(known().includes('127.0.0.1')).toBe(hashed === 'no');
    const options = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${folder.at('known_hosts')}`, 'BatchMode=yes'];
    const flags = options.flatMap((option) => ['-o', option]);
    const login = `${userInfo().username}@127.0.0.1`;
    const args = ['-F', '/dev/null', '-p', `${server.port}`, '-i', folder.at('id_ed25519'), ...flags, login, 'true'];
    expect(spawnSync('ssh', args, { encoding: 'utf8' })).toMatchObject({ status: 0 });
  });

  it('HostKeyAlias: the key goes by that name', async () => {
    await user(host('nas', server, 'HostKeyAlias the-nas'));
    writeFileSync(folder.at('known_hosts'), `the-nas ${keyOf(server)}\n`);
    await made('nas');
    expect(known()).not.toContain('127.0.0.1');
  });

  it('IdentitiesOnly: of the keys of the agent, only those of the files are offered', async () => {
    await using strict = await startSshd(['MaxAuthTries 2']);
    takes(strict);
    await user(host('nas', strict, 'IdentitiesOnly yes') + host('all', strict));
    writeFileSync(folder.at('known_hosts'), `[127.0.0.1]:${strict.port} ${keyOf(strict)}\n`);
    const socket = folder.at('agent');
    const agent = spawnSync('ssh-agent', ['-a', socket], { encoding: 'utf8' });
    const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(agent.stdout)?.[1]);
    try {
      for (const name of ['a', 'b', 'c']) {
        spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', folder.at(name)]);
        spawnSync('ssh-add', [folder.at(name)], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      }
      vi.stubEnv('SSH_AUTH_SOCK', socket);
      expect(await failing('all')).toMatchObject({ code: 'unauthenticated' });
      await made('nas');
      // The key of a file that only the agent can open.
      spawnSync('ssh-add', [folder.at('id_ed25519')], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      copyFileSync(server.folder.at('user', 'id_ed25519.pub'), folder.at('id_ed25519.pub'));
      spawnSync('ssh-keygen', ['-q', '-p', '-N', 'secret', '-f', folder.at('id_ed25519')]);
      await made('nas');
    } finally {
      process.kill(pid);
    }
  });
});
