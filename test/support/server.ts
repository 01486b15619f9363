/** A real HoldfastServer in this process: on a free port, with folders, catalog and repositories of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { openBackend } from '../../src/backend/registry.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { hostIdentity } from '../../src/platform/host.ts';
import { Secrets } from '../../src/platform/secrets.ts';
import { newToken } from '../../src/server/access/token.ts';
import type { RunnerServices } from '../../src/server/backups/runner.ts';
import type { BackupRecord, NewBackup } from '../../src/server/catalog/backups.ts';
import { Catalog } from '../../src/server/catalog/catalog.ts';
import type { TokenRole } from '../../src/server/catalog/tokens.ts';
import { ServerConfigFile } from '../../src/server/config/config-file.ts';
import { dialects } from '../../src/server/dialects/dialects.ts';
import { HoldfastServer } from '../../src/server/server.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

export interface TestServerOptions {
  /** As in server.json; a `folders` entry that is no absolute path is one in the server's temporary folder, and is made. */
  readonly scopes: readonly Readonly<Record<string, unknown>>[];
  /** Other fields of server.json. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly clock?: Clock;
  /** Where its data lie; a temporary folder of its own unless given. */
  readonly folder?: TemporaryFolder;
  /** As the server's. */
  readonly stallMs?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly folder: TemporaryFolder;
  readonly server: HoldfastServer;
  readonly catalog: Catalog;
  /** Where a scope's repository lies. */
  repository(scopeId: string): string;
  /** Of its repository. */
  password(scopeId: string): Promise<string>;
  /** A new token; for all scopes unless given. */
  token(role: TokenRole, scopes?: readonly string[]): Promise<string>;
  /** Adds a row without making a backup: done, unless changed. */
  row(backup: Partial<BackupRecord> & Pick<NewBackup, 'scope'>): BackupRecord;
  /** Waits until a backup is over. */
  ended(backupId: string): Promise<BackupRecord>;
  /** Where passwords are kept. */
  readonly secrets: Secrets;
  /** What its runners work with. */
  readonly services: RunnerServices;
  /** Closes what is open of a scope's repository, as after a while without use. */
  release(scopeId: string): Promise<void>;
  /** Asks until there is a value. */
  until<T>(look: () => T | undefined): Promise<T>;
  /** Whatever the server reported as its own fault. */
  readonly faults: readonly string[];
}

const waitMs = 60_000;

async function until<T>(look: () => T | undefined): Promise<T> {
  const untilMs = Date.now() + waitMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > untilMs) throw new Error(`waited in vain for ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function startTestServer(options: TestServerOptions): Promise<TestServer> {
  const { scopes, config, clock = systemClock, stallMs, tls } = options;
  const folder = options.folder ?? (await temporaryFolder());
  const path = folder.at('server.json');
  const absolute = (name: string) => (name.startsWith('/') ? name : folder.at(name));
  const placed = scopes.map((scope) => {
    const folders = ((scope.folders as readonly string[] | undefined) ?? []).map(absolute);
    for (const one of folders) mkdirSync(one, { recursive: true });
    return { name: scope.id, ...scope, folders };
  });
  writeFileSync(path, JSON.stringify({ version: 1, listen: { port: 0 }, ...config, scopes: placed }));
  const faults: string[] = [];
  const report = (error: unknown, doing: string) => faults.push(`${doing}: ${String(error)}`);
  const file = await ServerConfigFile.open(path, clock, (error) => report(error, 'configuration'));
  const catalog = Catalog.open(folder.at('catalog.sqlite'));
  const secrets = new Secrets({ folder: folder.at('secrets'), keychain: async () => undefined });
  const repositoriesFolder = folder.at('repositories');
  const host = hostIdentity();
  const server = await HoldfastServer.start({
    catalog,
    config: file,
    repositoriesFolder,
    archivesFolder: folder.at('archives'),
    openBackend,
    secrets,
    host,
    clock,
    dialects,
    report,
    ...(stallMs === undefined ? {} : { stallMs }),
    ...(tls === undefined ? {} : { tls }),
  });
  const url = await server.listen();
  const now = () => clock.now().getTime();
  return {
    url,
    folder,
    server,
    catalog,
    faults,
    repository: (scopeId) => `${repositoriesFolder}/${scopeId}`,
    async password(scopeId) {
      const secret = await secrets.readSecret(`server-${scopeId}-repository`, AbortSignal.timeout(waitMs));
      if (secret === undefined) throw new Error(`no password of ${scopeId} is kept`);
      return secret;
    },
    async token(role, only) {
      const { text, record } = await newToken({ name: role, role, scopes: only ?? '*', createdAt: now() });
      catalog.tokens.add(record);
      return text;
    },
    row({ scope, name = 'a backup', content = { kind: 'scope' }, createdAt = now(), ...change }) {
      const { id } = catalog.backups.add({ scope, name, content, createdAt });
      const { id: _id, number: _number, updatedAt: _updatedAt, ...fields } = change;
      return catalog.backups.update(id, { state: 'done', completedAt: createdAt, ...fields }, now())!;
    },
    secrets,
    services: server.services,
    release: (scopeId) => server.services.repositories.release(scopeId),
    until,
    ended: (backupId) =>
      until(() => {
        const backup = catalog.backups.get(backupId);
        if (backup === undefined) throw new Error('the backup is gone');
        return backup.state === 'queued' || backup.state === 'running' ? undefined : backup;
      }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      catalog[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
