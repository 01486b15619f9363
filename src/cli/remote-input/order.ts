/** What a new backup on a remote is asked for with, as options say it. Which of them a remote takes, `remote show` tells. */
import type { Command } from 'commander';
import type { RemoteOrder } from '../../config/remote.ts';
import { collect, parseChoice, parseCount } from '../options.ts';
import { defined } from '../plan-input/defined.ts';

export interface OrderOptions {
  readonly backupName?: string;
  readonly description?: string;
  readonly ignore?: readonly string[];
  readonly locked?: boolean;
  readonly path?: string;
  readonly database?: readonly string[];
  readonly frequency?: string;
  readonly keep?: string;
  readonly gzip?: boolean;
  readonly excludeTable?: readonly string[];
  readonly onReplica?: boolean;
}

const databases = ['mysql', 'postgresql', 'redis', 'mongodb'] as const;

export function addOrderOptions(command: Command): void {
  command
    .option('--backup-name <name>', 'what the backup is called')
    .option('--description <text>', 'what it is')
    .option('--ignore <pattern>', 'leave that out, by a pattern of .gitignore (may be repeated)', collect)
    .option('--locked', 'guard it against being removed')
    .option('--path <path>', 'back up that, below the root of the remote')
    .option('--database <kind>', `only ${databases.join(', ')} (may be repeated)`, collect)
    .option('--frequency <expression>', 'how often the remote repeats it, by five fields of cron')
    .option('--keep <count>', 'how many of them the remote keeps')
    .option('--gzip', 'compressed')
    .option('--exclude-table <name>', 'leave that table out (may be repeated)', collect)
    .option('--on-replica', 'from a replica, where there is one');
}

/** @throws `invalid-input` naming the option */
export function orderOf(options: OrderOptions): RemoteOrder {
  const { backupName: name, description, ignore, locked, path, database, frequency, keep, gzip } = options;
  const { excludeTable, onReplica } = options;
  return defined({
    name,
    description,
    ignored: ignore === undefined ? undefined : [...ignore],
    locked,
    path,
    databaseTypes: database?.map((kind) => parseChoice('--database', kind, databases)),
    frequency,
    keepCount: keep === undefined ? undefined : parseCount('--keep', keep),
    gzip,
    excludedTables: excludeTable === undefined ? undefined : [...excludeTable],
    onReplica,
  });
}
