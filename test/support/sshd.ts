/** A real OpenSSH server of its own: a free loopback port, its own keys, the user who runs the test, nothing of the system's. */
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { freePort, startServer } from './databases/server-process.ts';
import { runProcess } from './run-process.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

export interface SshServer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly folder: TemporaryFolder;
  /** `sftp:` location of a path on it. */
  location(path: string): string;
  /** The same place by another port of loopback, which leads to the server. */
  through(port: number, path: string): Pick<SshServer, 'credentials' | 'resticOptions'> & { readonly location: string };
  /** Of a client that knows the server and may log in. */
  readonly credentials: Readonly<Record<string, string>>;
  /** For restic: `-o sftp.command=…`. */
  readonly resticOptions: readonly string[];
  /** Ends the server and every session of it, as a power cut does. */
  stop(): Promise<void>;
  /** Starts it again, at the same port. */
  start(): Promise<void>;
  /** Gives it another host key; takes effect at the next start. */
  changeHostKey(): Promise<void>;
}

/** @param settings more lines of sshd_config */
export async function startSshd(settings: readonly string[] = []): Promise<SshServer> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const { username } = userInfo();
  const key = async (name: string): Promise<void> => {
    await runProcess('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', folder.at(name)]);
  };
  await Promise.all([key('host_key'), key('user/id_ed25519'), key('other_key')]);
  copyFileSync(folder.at('user', 'id_ed25519.pub'), folder.at('authorized_keys'));
  const hosts = folder.at('user', 'known_hosts');
  const known = (at: number): void => {
    const line = `[127.0.0.1]:${at} ${readFileSync(folder.at('host_key.pub'), 'utf8')}`;
    if (!existsSync(hosts) || !readFileSync(hosts, 'utf8').includes(line)) appendFileSync(hosts, line);
  };
  known(port);
  writeFileSync(
    folder.at('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${folder.at('host_key')}`,
      `AuthorizedKeysFile ${folder.at('authorized_keys')}`,
      `PidFile ${folder.at('sshd.pid')}`,
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'MaxStartups 100',
      'Subsystem sftp internal-sftp',
      ...settings,
    ].join('\n'),
  );
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const trust = ['-o', `UserKnownHostsFile=${hosts}`, '-o', 'IdentitiesOnly=yes'];
  const resticOptions = (at: number): string[] => {
    const options = ['-p', String(at), '-i', folder.at('user', 'id_ed25519'), '-F', '/dev/null'];
    return ['-o', `sftp.command=ssh ${[...options, ...trust].join(' ')} ${username}@127.0.0.1 -s sftp`];
  };
  const launch = () =>
    startServer({
      program: '/usr/sbin/sshd',
      args: ['-D', '-e', '-f', folder.at('sshd_config')],
      isReady: () => answers(port),
    });
  let server = await launch().catch(async (error: unknown) => {
    await folder[Symbol.asyncDispose]();
    throw error;
  });
  return {
    port,
    get pid() {
      return server.pid;
    },
    folder,
    location: (path) => `sftp://${username}@127.0.0.1:${port}/${path}`,
    credentials: { sshFolder: folder.at('user') },
    resticOptions: resticOptions(port),
    through: (other, path) => {
      known(other);
      return {
        location: `sftp://${username}@127.0.0.1:${other}/${path}`,
        credentials: { sshFolder: folder.at('user') },
        resticOptions: resticOptions(other),
      };
    },
    stop: async () => {
      // Sessions are sessions of their own, in the sense of setsid too.
      await runProcess('pkill', ['-KILL', '-P', String(server.pid)]);
      await server.stop();
    },
    start: async () => {
      server = await launch();
    },
    changeHostKey: async () => {
      for (const end of ['', '.pub']) copyFileSync(folder.at(`other_key${end}`), folder.at(`host_key${end}`));
    },
    [Symbol.asyncDispose]: async () => {
      await runProcess('pkill', ['-KILL', '-P', String(server.pid)]);
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
