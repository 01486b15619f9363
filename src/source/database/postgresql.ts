/**
 * PostgreSQL: pg_dump and psql, and pg_dumpall for what belongs to no database (roles, tablespaces).
 *
 * Dumps are plain SQL: they deduplicate well, tell by themselves that they are whole, can be read, and go into newer servers. Each
 * is one transaction's snapshot (pg_dump's own). They begin by dropping what they make, so that a restore replaces it.
 *
 * A restore is one transaction, whose COMMIT is sent when all of the dump was: psql's --single-transaction would commit at the end
 * of its input, also where we died in the middle. Whatever fails, the database stays as it was. One that is not there is made.
 *
 * A proof is a restore into a database of its own, which is dropped; of roles it is but the dump's end.
 */
import { type Program, readProgram, runToEnd, type StreamProgramOptions } from '../../platform/stream-program.ts';
import { addressOf, type Connection, cleaning, type Dump, type EngineDriver } from './database.ts';
import { untilEnd } from './dump-end.ts';
import { databaseOf, dumpName } from './dump-name.ts';
import { excludedOf } from './excluded-tables.ts';
import { explainBy } from './explain.ts';

const packages = { debian: 'postgresql-client', homebrew: 'libpq' };
const pgDump: Program = { names: ['pg_dump'], packages };
const pgDumpAll: Program = { names: ['pg_dumpall'], packages };
const psql: Program = { names: ['psql'], packages };

const dumpEnd = '-- PostgreSQL database dump complete';
const globalsEnd = '-- PostgreSQL database cluster dump complete';
const globalsName = 'globals';
/** Its connection is for statements about databases; every server has it. */
const maintenanceDatabase = 'postgres';

const phrases = {
  unauthenticated:
    /authentication failed|no password supplied|no pg_hba\.conf entry|role ".*" does not exist|is not permitted to log in/,
  network:
    /could not (connect|translate|receive|send)|connection to server.*failed: (?!FATAL)|server closed the connection|the database system is|terminating connection|timeout expired/,
  missing: /database ".*" does not exist/,
  permission: /permission denied|must be (superuser|owner)/,
};

export const postgresql: EngineDriver = {
  async *dumps(connection, excludedTables): AsyncGenerator<Dump> {
    const { databases } = connection.config;
    if (databases === undefined) {
      const globals = readProgram(programOf(connection, maintenanceDatabase, pgDumpAll, ['--globals-only']));
      yield { fileName: `${globalsName}.sql`, content: untilEnd(globals, globalsEnd) };
    }
    const names = databases ?? (await listDatabases(connection));
    for (const name of names) {
      const excluded = excludedOf(name, excludedTables, names).map((table) => `--exclude-table=${patternOf(table)}`);
      const args = ['--format=plain', '--clean', '--if-exists', ...excluded];
      const content = untilEnd(readProgram(programOf(connection, name, pgDump, args)), dumpEnd);
      yield { fileName: `${dumpName(name, globalsName)}.sql`, content };
    }
  },

  async restore(connection, name, database, content) {
    if (name === globalsName && database === undefined) return restoreGlobals(connection, content);
    const target = database ?? databaseOf(name);
    await ensureDatabase(connection, target);
    await runToEnd({
      ...programOf(connection, target, psql, [...quiet, '--set=ON_ERROR_STOP=1', '--file=-']),
      input: inTransaction(untilEnd(content, dumpEnd)),
    });
  },

  async verify(connection, name, content, scratch) {
    if (name === globalsName) {
      for await (const _ of untilEnd(content, globalsEnd)); // roles are the whole server's
      return;
    }
    await dropScratch(connection, scratch);
    try {
      await postgresql.restore(connection, name, scratch, content);
    } finally {
      await dropScratch(cleaning(connection), scratch);
    }
  },

  async version(connection) {
    const [database = maintenanceDatabase] = connection.config.databases ?? [];
    return (await query(connection, database, 'SHOW server_version')).trim();
  },
};

const quiet = ['--no-psqlrc', '--quiet', '--no-password', '--output=/dev/null'];

/** The connection is said by variables: names in arguments may be taken for connection strings. */
function programOf(
  connection: Connection,
  database: string,
  program: Program,
  args: readonly string[],
): StreamProgramOptions {
  const { config, password, signal } = connection;
  const { host, port = 5432 } = addressOf(connection);
  const isReplica = connection.replica && config.replica !== undefined;
  const where = config.socket === undefined || isReplica ? host : config.socket;
  return {
    program,
    args: program === psql ? args : ['--no-password', ...args],
    environment: {
      PGHOST: where,
      PGPORT: String(port),
      PGUSER: config.user,
      PGDATABASE: database,
      PGPASSWORD: password,
      PGCONNECT_TIMEOUT: '15',
      PGAPPNAME: 'holdfast',
      PGSERVICE: undefined,
      PGHOSTADDR: undefined,
      PGSSLMODE: config.tls === undefined ? 'prefer' : config.tls.caFile === undefined ? 'require' : 'verify-full',
      PGSSLROOTCERT: config.tls?.caFile,
    },
    secrets: password === undefined ? [] : [password],
    explain: explainBy(phrases, `PostgreSQL at ${where} (port ${port})`),
    signal,
  };
}

async function listDatabases(connection: Connection): Promise<string[]> {
  const sql = 'SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname';
  return (await query(connection, maintenanceDatabase, sql)).split('\0').filter((name) => name !== '');
}

/** @returns the rows, each ended by a zero byte */
function query(connection: Connection, database: string, sql: string): Promise<string> {
  const args = ['--no-psqlrc', '--no-password', '--set=ON_ERROR_STOP=1', '--tuples-only', '--no-align'];
  return runToEnd(programOf(connection, database, psql, [...args, '--record-separator-zero', `--command=${sql}`])).then(
    (rows) => rows.replace(/\0$/, ''),
  );
}

async function ensureDatabase(connection: Connection, name: string): Promise<void> {
  const literal = name.replaceAll("'", "''");
  const found = await query(connection, maintenanceDatabase, `SELECT 1 FROM pg_database WHERE datname = '${literal}'`);
  if (found.trim() !== '') return;
  await query(connection, maintenanceDatabase, `CREATE DATABASE ${quoted(name)} TEMPLATE template0`);
}

/** A session whose client was killed goes on with its statement: it is ended first. */
async function dropScratch(connection: Connection, name: string): Promise<void> {
  const sessions = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`;
  await query(connection, maintenanceDatabase, sessions);
  await query(connection, maintenanceDatabase, `DROP DATABASE IF EXISTS ${quoted(name)}`);
}

/** Roles that are there stay as they are made, and get the attributes of the dump; that they are there is no failure. */
async function restoreGlobals(connection: Connection, content: AsyncIterable<Uint8Array>): Promise<void> {
  await runToEnd({
    ...programOf(connection, maintenanceDatabase, psql, [...quiet, '--file=-']),
    input: untilEnd(content, globalsEnd),
    check: (stderr) =>
      stderr
        .split('\n')
        .every((line) => !line.includes('ERROR:') || /(role|tablespace) ".*" already exists/.test(line)),
  });
}

async function* inTransaction(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('BEGIN;\n');
  yield* content;
  yield Buffer.from('\nCOMMIT;\n');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** pg_dump takes patterns; quotes make each part a plain name. */
function patternOf(table: string): string {
  return table.split('.').map(quoted).join('.');
}
