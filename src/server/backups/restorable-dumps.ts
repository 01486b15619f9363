/** Which files of a backup are dumps, and where each of them goes. */
import { HoldfastError } from '../../base/errors.ts';
import type { DatabaseConfig } from '../../config/database.ts';
import { databaseFolder } from '../../source/mod.ts';
import type { BackupContent, BackupRecord } from '../catalog/backups.ts';
import type { Scope } from '../config/scope.ts';
import { findDatabase, wholeServer } from './database-content.ts';

export interface RestorableDump {
  readonly config: DatabaseConfig;
  /** Tells the engine's driver what the dump is of, and whether it is packed. */
  readonly entryPath: string;
  /** Where the dump's own name does not say where it goes. */
  readonly database?: string;
}

const dumpName = /([^/]+)\.(sql|rdb|archive)(\.gz)?$/;
const endings: Readonly<Record<DatabaseConfig['engine'], string>> = {
  postgresql: 'sql',
  mysql: 'sql',
  redis: 'rdb',
  mongodb: 'archive',
};

/**
 * By their paths in the snapshot. An import goes into the database of its group, whatever its file is called.
 *
 * @throws `unsupported` if there are none, or several that would go to one place; `not-found` for a database that the scope no longer
 *   names
 */
export function restorableDumps(
  scope: Scope,
  { content }: Pick<BackupRecord, 'content'>,
  paths: readonly string[],
): ReadonlyMap<string, RestorableDump> {
  const found =
    content.kind === 'import'
      ? importedDump(scope, content, paths)
      : paths.flatMap((path): [string, RestorableDump][] => {
          const config = dumpName.test(path) ? configOf(scope, content, path) : undefined;
          return config === undefined ? [] : [[path, { config, entryPath: path }]];
        });
  if (found.length > 0) return new Map(found);
  throw new HoldfastError('unsupported', 'The backup holds no dump of a database that can be restored.', {
    hint: 'Dumps end in .sql, .rdb or .archive, packed by gzip or not. Download it to see what it holds.',
  });
}

function configOf(scope: Scope, content: BackupContent, path: string): DatabaseConfig | undefined {
  if (content.kind === 'database') return findDatabase(scope, content).config;
  return content.kind === 'scope'
    ? scope.databases.find((one) => path.startsWith(`${databaseFolder(one)}/`))
    : undefined;
}

function importedDump(
  scope: Scope,
  content: Extract<BackupContent, { readonly kind: 'import' }>,
  paths: readonly string[],
): [string, RestorableDump][] {
  const { config, engine, database } = findDatabase(scope, content);
  const dumps = paths.filter((path) => dumpName.exec(path)?.[2] === endings[engine]);
  if (engine !== 'redis' && database === wholeServer) return dumps.map((path) => [path, { config, entryPath: path }]);
  const [path] = dumps.length > 1 ? dumps.filter((one) => dumpName.exec(one)?.[1] === database) : dumps;
  if (path === undefined) {
    if (dumps.length === 0) return [];
    throw new HoldfastError('unsupported', `The import holds ${dumps.length} dumps, and none of them is ${database}.`, {
      hint: 'Import one dump at a time.',
    });
  }
  switch (engine) {
    case 'redis':
      return [[path, { config, entryPath: path }]];
    case 'mongodb': {
      // Its archives name their databases inside: what has the group's name goes into it.
      const packed = path.endsWith('.gz') ? '.gz' : '';
      return [[path, { config, entryPath: `${encodeURIComponent(database)}.${endings[engine]}${packed}` }]];
    }
    default:
      return [[path, { config, entryPath: path, database }]];
  }
}
