/**
 * MongoDB: mongodump and mongorestore, by their archives as streams.
 *
 * An archive is no single moment of a server that is written to: MongoDB has that for whole replica sets only (`--oplog`), and
 * mongodump demands then that all is dumped. Its own end marks tell that it is whole.
 *
 * A restore drops the collections of the archive before it makes them anew; one that fails leaves some restored and some not.
 *
 * A proof is mongorestore's dry run, which reads the archive; nothing is inserted.
 */
import { HoldfastError } from '../../base/errors.ts';
import { privateFolder } from '../../platform/private-folder.ts';
import { type Program, readProgram } from '../../platform/stream-program.ts';
import { addressOf, type Connection, type Dump, type EngineDriver } from './database.ts';
import { databaseOf, dumpName } from './dump-name.ts';
import { excludedOf } from './excluded-tables.ts';
import { explainBy } from './explain.ts';

const packages = { debian: 'mongodb-database-tools', homebrew: 'mongodb-database-tools' };
const mongodump: Program = { names: ['mongodump'], packages };
const mongorestore: Program = { names: ['mongorestore'], packages };

const allName = 'all';

const phrases = {
  unauthenticated: /AuthenticationFailed|Authentication failed|auth(entication)? error|unable to authenticate/i,
  network:
    /connection refused|server selection (error|timeout)|no reachable servers|could not connect|connection\(\) error/i,
  missing: /database .* does not exist/i,
  permission: /not authorized|Unauthorized/i,
};

export const mongodb: EngineDriver = {
  async *dumps(connection, excludedTables): AsyncGenerator<Dump> {
    const { databases } = connection.config;
    if (databases === undefined) {
      yield { fileName: `${allName}.archive`, content: run(connection, mongodump, ['--archive']) };
      return;
    }
    for (const name of databases) {
      const excluded = excludedOf(name, excludedTables, databases).map((table) => `--excludeCollection=${table}`);
      const content = run(connection, mongodump, ['--archive', `--db=${name}`, ...excluded]);
      yield { fileName: `${dumpName(name)}.archive`, content };
    }
  },

  async restore(connection, name, database, content) {
    const isAll = name === allName;
    if (isAll && database !== undefined) {
      throw new HoldfastError('invalid-input', 'The dump is of all databases, and goes back under their own names.');
    }
    const own = databaseOf(name);
    const renamed = database === undefined ? [] : [`--nsFrom=${own}.*`, `--nsTo=${database}.*`];
    const only = isAll ? [] : [`--nsInclude=${own}.*`, ...renamed];
    for await (const _ of run(connection, mongorestore, ['--archive', '--drop', '--stopOnError', ...only], content)) {
      // it prints nothing of interest
    }
  },

  async verify(connection, _name, content) {
    for await (const _ of run(connection, mongorestore, ['--archive', '--dryRun'], content)) {
      // it is the end that counts
    }
  },

  /** The tools ask nothing of a server but data: a database that nobody has is dumped, which is an empty archive. */
  async version(connection) {
    for await (const _ of run(connection, mongodump, ['--archive', '--db=holdfast-connection-test'])) {
      // it is the end that counts
    }
    return undefined;
  },
};

async function* run(
  connection: Connection,
  program: Program,
  args: readonly string[],
  input?: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { config, password, signal } = connection;
  const { host, port = 27_017 } = addressOf(connection);
  const isReplica = connection.replica && config.replica !== undefined;
  const where =
    config.socket === undefined || isReplica ? [`--host=${host}`, `--port=${port}`] : [`--host=${config.socket}`];
  const user = config.user === undefined ? [] : [`--username=${config.user}`, '--authenticationDatabase=admin'];
  const ca = config.tls?.caFile === undefined ? [] : [`--sslCAFile=${config.tls.caFile}`];
  const tls = config.tls === undefined ? [] : ['--ssl', ...ca];
  await using folder = privateFolder();
  // YAML, in which a JSON string is a string.
  const file =
    password === undefined
      ? []
      : [`--config=${folder.write('config.yaml', `password: ${JSON.stringify(password)}\n`)}`];
  yield* readProgram({
    program,
    args: [...file, ...where, ...user, ...tls, '--quiet', ...args],
    secrets: password === undefined ? [] : [password],
    explain: explainBy(phrases, `MongoDB at ${config.socket ?? `${host}:${port}`}`),
    ...(input === undefined ? {} : { input }),
    signal,
  });
}
