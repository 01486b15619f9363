/** Where the server keeps what it has. */
import { join } from 'node:path';
import type { Folders } from '../platform/folders.ts';

export interface ServerPaths {
  readonly config: string;
  /** Holds the catalog and the repositories. */
  readonly data: string;
}

/** The user's own, unless given otherwise. */
export function serverPaths(folders: Folders, given: Partial<ServerPaths> = {}) {
  const data = given.data ?? join(folders.data, 'server');
  const config = given.config ?? join(folders.config, 'server.json');
  return {
    config,
    data,
    catalog: join(data, 'catalog.sqlite'),
    repositories: join(data, 'repositories'),
    archives: join(data, 'archives'),
    secrets: join(folders.config, 'server-secrets'),
  } as const;
}
