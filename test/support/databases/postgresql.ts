/** A PostgreSQL server of its own: a free loopback port, a data folder in a temporary one, nothing is flushed to disk. */
import { chownSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOk, runProcess } from '../run-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { freePort, type ServerProcess, startServer, unprivileged } from './server-process.ts';

export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  readonly user: 'postgres';
  readonly password: string;
  readonly pid: number;
  /** @returns rows by lines, columns by "|" */
  sql(database: string, statements: string): Promise<string>;
  stop(): Promise<void>;
}

const packagesFolder = '/usr/lib/postgresql';

/** Debian keeps the server's programs out of PATH. */
function serverPrograms(): string {
  const [newest] = readdirSync(packagesFolder).sort((a, b) => Number(b) - Number(a));
  return join(packagesFolder, newest ?? '', 'bin');
}

/** @param more settings of the server, as "name=value" */
export async function startPostgres(password: string, more: readonly string[] = []): Promise<PostgresServer> {
  const folder = await temporaryFolder();
  let server: ServerProcess | undefined;
  try {
    const programs = serverPrograms();
    const user = unprivileged('postgres', 'nobody');
    const passwordFile = folder.at('password');
    writeFileSync(passwordFile, password);
    for (const path of [folder.path, passwordFile])
      if (user.uid !== undefined) chownSync(path, user.uid, user.gid ?? 0);
    const data = folder.at('data');
    const kind = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8'];
    const init = ['--no-sync', `--pgdata=${data}`, `--pwfile=${passwordFile}`, ...kind];
    await runOk(join(programs, 'initdb'), init, { ...user, cwd: folder.path });
    const port = await freePort();
    const settings = [
      'fsync=off',
      // In the data folder: a server that is killed leaves its segment of /dev/shm behind.
      'dynamic_shared_memory_type=mmap',
      'listen_addresses=127.0.0.1',
      `port=${port}`,
      `unix_socket_directories=${folder.path}`,
    ];
    const env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGPASSWORD: password };
    const psql = (database: string, input: string) =>
      // Not the one of PATH: Debian's is a script of Perl that looks for it, which takes ten times as long.
      runProcess(join(programs, 'psql'), ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', '-'], {
        env: { ...env, PGDATABASE: database },
        input,
      });
    server = await startServer({
      program: join(programs, 'postgres'),
      args: ['-D', data, ...[...settings, ...more].flatMap((setting) => ['-c', setting])],
      ...user,
      isReady: async () => (await psql('postgres', 'SELECT 1')).code === 0,
    });
    const { pid, stop } = server;
    return {
      port,
      user: 'postgres',
      password,
      pid,
      stop,
      sql: async (database, statements) => {
        const result = await psql(database, statements);
        if (result.code !== 0) throw new Error(result.stderr);
        return result.stdout.trim();
      },
      [Symbol.asyncDispose]: async () => {
        await stop();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await server?.stop();
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
