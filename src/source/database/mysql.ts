/**
 * MySQL and MariaDB: mysqldump and mysql, or mariadb-dump and mariadb.
 *
 * A dump is one transaction's snapshot, of transactional tables (InnoDB): others (MyISAM) are as they are when they are read.
 * Tables that are altered meanwhile fail it. Routines, events and triggers are in it; it names no database, and so goes into any.
 *
 * A restore is no transaction, as MySQL has none for tables: one that fails leaves some tables restored and some not. Tables of the
 * dump replace those that are there. A database that is not there is made.
 *
 * A proof is a restore into a database of its own, which is dropped; of all but the events, which the server would run.
 */
import { type PrivateFolder, privateFolder } from '../../platform/private-folder.ts';
import { type Program, readProgram, runToEnd, type StreamProgramOptions } from '../../platform/stream-program.ts';
import { addressOf, type Connection, cleaning, type Dump, type EngineDriver } from './database.ts';
import { untilEnd } from './dump-end.ts';
import { databaseOf, dumpName } from './dump-name.ts';
import { excludedOf } from './excluded-tables.ts';
import { explainBy } from './explain.ts';
import { withoutEvents } from './without-events.ts';

const packages = { debian: 'mariadb-client', homebrew: 'mariadb' };
const mysqldump: Program = { names: ['mariadb-dump', 'mysqldump'], packages };
const mysql: Program = { names: ['mariadb', 'mysql'], packages };

/** Also of names in arguments. */
const utf8 = '--default-character-set=utf8mb4';
const dumpEnd = '-- Dump completed';
/** The server's own: they are views of its state, or (mysql) its users, which go back by hand only. */
const systemDatabases = ['information_schema', 'performance_schema', 'sys'];

const phrases = {
  unauthenticated: /\b(1045|1698|1251)\b.*|Access denied for user .*\(using password/,
  network: /\b(2002|2003|2005|2006|2013|2026|1053)\b|Lost connection|gone away|server shutdown/i,
  missing: /\b1049\b|Unknown database/,
  permission: /\b(1044|1142|1227|1143)\b|command denied|Access denied/,
};

export const mysqlEngine: EngineDriver = {
  async *dumps(connection, excludedTables): AsyncGenerator<Dump> {
    const names = connection.config.databases ?? (await listDatabases(connection));
    for (const name of names) {
      const excluded = excludedOf(name, excludedTables, names).map((table) => `--ignore-table=${name}.${table}`);
      yield { fileName: `${dumpName(name)}.sql`, content: untilEnd(dump(connection, name, excluded), dumpEnd) };
    }
  },

  async restore(connection, name, database, content) {
    const target = database ?? databaseOf(name);
    await query(connection, `CREATE DATABASE IF NOT EXISTS \`${target.replaceAll('`', '``')}\``);
    await using options = optionFile(connection);
    await runToEnd({
      ...programOf(connection, mysql, [options.argument, '--batch', '--binary-mode', utf8, target]),
      input: untilEnd(content, dumpEnd),
    });
  },

  async verify(connection, name, content, scratch) {
    const drop = `DROP DATABASE IF EXISTS \`${scratch}\``;
    await query(connection, drop);
    try {
      await mysqlEngine.restore(connection, name, scratch, withoutEvents(content));
    } finally {
      await query(cleaning(connection), drop);
    }
  },

  async version(connection) {
    return (await query(connection, 'SELECT VERSION()')).trim();
  },
};

async function* dump(connection: Connection, database: string, excluded: string[]): AsyncGenerator<Uint8Array> {
  await using options = optionFile(connection);
  const content = ['--single-transaction', '--quick', '--routines', '--events', '--triggers', '--hex-blob'];
  // Tablespaces need a right of their own (PROCESS), and are of no use elsewhere.
  const args = [options.argument, ...content, '--no-tablespaces', utf8, ...excluded];
  yield* readProgram(programOf(connection, mysqldump, [...args, database]));
}

async function listDatabases(connection: Connection): Promise<string[]> {
  const names = (await query(connection, 'SHOW DATABASES')).split('\n');
  return names.filter((name) => name !== '' && !systemDatabases.includes(name.toLowerCase()));
}

async function query(connection: Connection, sql: string): Promise<string> {
  await using options = optionFile(connection);
  const args = [options.argument, '--batch', '--raw', '--skip-column-names', utf8];
  return await runToEnd(programOf(connection, mysql, [...args, `--execute=${sql}`]));
}

function programOf(connection: Connection, program: Program, args: readonly string[]): StreamProgramOptions {
  const { config, password, signal } = connection;
  const { host, port = 3306 } = addressOf(connection);
  return {
    program,
    args,
    environment: { MYSQL_PWD: undefined, MYSQL_HOST: undefined, MYSQL_TCP_PORT: undefined },
    secrets: password === undefined ? [] : [password],
    explain: explainBy(phrases, `MySQL at ${config.socket ?? `${host}:${port}`}`),
    signal,
  };
}

/** The connection and the password, in a file that only this user may read. Of the user's own option files none is read. */
function optionFile(connection: Connection): PrivateFolder & { readonly argument: string } {
  const { config, password } = connection;
  const { host, port = 3306 } = addressOf(connection);
  const isReplica = connection.replica && config.replica !== undefined;
  const address: Record<string, string> =
    config.socket !== undefined && !isReplica
      ? { socket: config.socket, protocol: 'socket' }
      : { host, port: String(port), protocol: 'tcp' };
  const values: Record<string, string | undefined> = {
    ...address,
    user: config.user,
    password,
    'loose-connect-timeout': '15',
    ...tlsOf(config.tls),
  };
  const lines = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : `${key}=${quoted(value)}`,
  );
  const folder = privateFolder();
  const path = folder.write('options.cnf', `[client]\n${lines.join('\n')}\n`);
  return { ...folder, argument: `--defaults-file=${path}` };
}

/**
 * MariaDB's names and MySQL's: each takes its own, and warns of the other's (`loose-`). MariaDB's client goes on without TLS unless
 * it is to check the certificate: without an authority's file the system's authorities count then.
 */
function tlsOf(tls: Connection['config']['tls']): Record<string, string> {
  if (tls === undefined) return {};
  if (tls.caFile === undefined) {
    return { 'loose-ssl': '1', 'loose-ssl-verify-server-cert': '1', 'loose-ssl-mode': 'REQUIRED' };
  }
  return {
    'loose-ssl': '1',
    'ssl-ca': tls.caFile,
    'loose-ssl-verify-server-cert': '1',
    'loose-ssl-mode': 'VERIFY_IDENTITY',
  };
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
