/** A MariaDB server of its own: a free loopback port and a socket, a data folder in a temporary one, nothing is flushed to disk. */
import { runOk, runProcess } from '../run-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { freePort, type ServerProcess, startServer } from './server-process.ts';

export interface MariadbServer extends AsyncDisposable {
  readonly port: number;
  readonly socket: string;
  readonly user: 'backup';
  readonly password: string;
  readonly pid: number;
  /** As root, by the socket. @returns rows by lines, columns by tabs */
  sql(database: string, statements: string): Promise<string>;
  stop(): Promise<void>;
}

/** @param more arguments of the server */
export async function startMariadb(password: string, more: readonly string[] = []): Promise<MariadbServer> {
  const folder = await temporaryFolder();
  let server: ServerProcess | undefined;
  try {
    const data = folder.at('data');
    const socket = folder.at('s');
    const port = await freePort();
    const asUser = process.getuid?.() === 0 ? ['--user=root'] : [];
    const init = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'];
    await runOk('mariadb-install-db', [...init, ...asUser]);
    const mysql = (database: string, input: string) =>
      runProcess(
        'mariadb',
        ['--no-defaults', `--socket=${socket}`, '--user=root', '-BNr', '--default-character-set=utf8mb4', database],
        { input },
      );
    const quick = ['--innodb-flush-log-at-trx-commit=0', '--innodb-log-file-size=16M', '--skip-log-bin'];
    const reach = ['--bind-address=127.0.0.1', `--port=${port}`, `--socket=${socket}`, '--event-scheduler=ON'];
    server = await startServer({
      program: 'mariadbd',
      args: ['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder.path}`, ...reach, ...quick, ...more, ...asUser],
      isReady: async () => (await mysql('mysql', 'SELECT 1')).code === 0,
    });
    const { pid, stop } = server;
    const sql = async (database: string, statements: string): Promise<string> => {
      const result = await mysql(database, statements);
      if (result.code !== 0) throw new Error(result.stderr);
      return result.stdout.trim();
    };
    const literal = password.replace(/['\\]/g, '\\$&');
    await sql('mysql', `CREATE USER backup@'%' IDENTIFIED BY '${literal}'; GRANT ALL ON *.* TO backup@'%';`);
    await sql('mysql', "DELETE FROM global_priv WHERE User = ''; FLUSH PRIVILEGES;"); // anonymous, and comes first
    return {
      port,
      socket,
      user: 'backup',
      password,
      pid,
      stop,
      sql,
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
