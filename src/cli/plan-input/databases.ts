/**
 * The databases of a plan, as options say them: by addresses, as the engines' own tools take them.
 *
 *     postgresql://user@host:5432/app,shop?secret=database-main&exclude=app.logs&name=main&tls=/etc/ca.pem&replica=host:5433
 */
import type { Command } from 'commander';
import { HoldfastError } from '../../base/errors.ts';
import { type DatabaseConfig, databaseEngines, databaseName, databaseSchema } from '../../config/database.ts';
import { collect } from '../options.ts';
import { defined } from './defined.ts';

export interface DatabaseOptions {
  readonly database?: readonly string[];
  readonly removeDatabase?: readonly string[];
}

export function addDatabaseOptions(command: Command): void {
  command.option(
    '--database <address>',
    'a database server to dump: postgresql://user@host/app?secret=… (see below)',
    collect,
  );
}

export const databaseHelp = `
Addresses of databases: ${databaseEngines.join(', ')}, then ://user@host:port/names, names separated by commas (all
without). After a "?", joined by "&": secret=NAME the secret with the password (holdfast settings secret database-NAME),
exclude=TABLE (may be repeated), socket=PATH, name=NAME of its folder in snapshots, tls=1 or tls=FILE of the authority.`;

/** One of the same name is replaced. @throws `invalid-input`, which names what is wrong */
export function databasesOf(
  { database = [], removeDatabase = [] }: DatabaseOptions,
  before: readonly DatabaseConfig[],
): DatabaseConfig[] {
  const byName = new Map(before.map((one) => [databaseName(one), one]));
  for (const name of removeDatabase) {
    if (byName.delete(name)) continue;
    throw new HoldfastError('invalid-input', `${name} is no database of the plan.`, {
      hint: `Its databases are: ${[...byName.keys()].join(', ') || 'none'}`,
    });
  }
  const added = database.map(parseDatabase);
  for (const [at, one] of added.entries()) {
    const name = databaseName(one);
    if (added.findIndex((other) => databaseName(other) === name) !== at) {
      throw new HoldfastError('invalid-input', `Two databases are called "${name}".`, { hint: 'Give each a name=….' });
    }
    byName.set(name, one);
  }
  return [...byName.values()];
}

function parseDatabase(text: string): DatabaseConfig {
  const url = URL.parse(text);
  if (url === null) throw bad(text, 'it is no address');
  // Where everybody sees it: in the list of processes and in the shell's history.
  if (url.password !== '') {
    throw bad(text, 'the password must not be in it', 'Keep it by: holdfast settings secret database-NAME');
  }
  const { searchParams: given } = url;
  const unknown = [...given.keys()].find(
    (key) => !['secret', 'exclude', 'socket', 'name', 'tls', 'replica'].includes(key),
  );
  if (unknown !== undefined) throw bad(text, `there is no "${unknown}"`);
  const parsed = databaseSchema.safeParse(
    defined({
      engine: url.protocol.slice(0, -1),
      host: url.hostname === '' ? undefined : hostOf(url),
      port: url.port === '' ? undefined : Number(url.port),
      user: url.username === '' ? undefined : plain(url.username),
      databases: namesOf(url),
      passwordSecret: given.get('secret') ?? undefined,
      excludedTables: given.getAll('exclude'),
      socket: given.get('socket') ?? undefined,
      name: given.get('name') ?? undefined,
      tls: tlsOf(given.get('tls')),
      replica: replicaOf(text, given.get('replica')),
    }),
  );
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw bad(text, `${issue?.path.join('.')}: ${issue?.message}`);
}

/** A name that is written as in addresses. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad(text, 'after "%" come two digits, and "%" itself is "%25"');
  }
}

function hostOf({ hostname }: URL): string {
  return plain(hostname.replace(/^\[(.*)\]$/, '$1'));
}

function namesOf({ pathname }: URL): string[] | undefined {
  const names = pathname.replace(/^\//, '').split(',').map(plain);
  return names.length === 1 && names[0] === '' ? undefined : names;
}

function tlsOf(text: string | null): DatabaseConfig['tls'] {
  if (text === null) return undefined;
  return text === '1' ? {} : { caFile: text };
}

function replicaOf(text: string, address: string | null): { host: string; port?: number } | undefined {
  if (address === null) return undefined;
  const url = URL.parse(`replica://${address}`);
  if (url === null) throw bad(text, 'the replica is no host:port');
  return { host: hostOf(url), ...(url.port === '' ? {} : { port: Number(url.port) }) };
}

function bad(
  text: string,
  why: string,
  hint = 'Give postgresql://user@host:port/database?secret=NAME, or another engine.',
): HoldfastError {
  return new HoldfastError('invalid-input', `--database cannot be "${text.replace(/\/\/.*@/, '//…@')}": ${why}.`, {
    hint,
  });
}
