/**
 * The server as a program: puts the real parts together, claims its data folder, and listens.
 *
 *   claim the folder (one server each) ─► configuration, made if missing ─► catalog ─► a first token, printed once ─► listen
 */
import { readFile } from 'node:fs/promises';
import { openBackend } from '../backend/registry.ts';
import { systemClock } from '../base/clock.ts';
import { fromSystemError, HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
import { userFolders } from '../platform/folders.ts';
import { hostIdentity } from '../platform/host.ts';
import { keepNativeMemorySmall } from '../platform/native-memory.ts';
import { preparePrivateFolder } from '../platform/private-file.ts';
import { Secrets } from '../platform/secrets.ts';
import { claimProfile } from '../platform/single-instance.ts';
import { selfTest } from '../repository/mod.ts';
import { newToken } from './access/token.ts';
import { ArchiveCache } from './backups/archive-cache.ts';
import { ScopeRepositories } from './backups/repositories.ts';
import { restoreBeside } from './backups/restore-beside.ts';
import { Catalog } from './catalog/catalog.ts';
import { ServerConfigFile } from './config/config-file.ts';
import type { ServerConfig } from './config/server-config.ts';
import { dialects } from './dialects/dialects.ts';
import { HoldfastServer } from './server.ts';
import { type ServerPaths, serverPaths } from './server-paths.ts';

export { ServerAdministration } from './administration.ts';

export interface RunServerOptions extends Partial<ServerPaths> {
  /** Ends the server. */
  readonly signal: AbortSignal;
  readonly onReady?: (info: {
    readonly url: string;
    readonly firstToken?: string;
    readonly configFile: string;
  }) => void;
  /** Troubles of the server itself, for its log. */
  readonly onNotice?: (message: string) => void;
  readonly onAccess?: (line: string) => void;
}

/**
 * Runs until the signal is aborted.
 *
 * @throws `locked` if a server has this folder already; `invalid-input` for a configuration that cannot be used; `conflict` if the
 *   port is taken
 */
export async function runServer(options: RunServerOptions): Promise<void> {
  const { signal, onReady, onAccess, onNotice = () => undefined } = options;
  selfTest();
  keepNativeMemorySmall();
  const clock = systemClock;
  const paths = serverPaths(userFolders(), options);
  preparePrivateFolder(paths.data);
  using _claim = await claim(paths.data, signal);
  const report = (error: unknown, doing: string): void => onNotice(`${doing}: ${messageOf(error)}`);
  const config = await ServerConfigFile.open(paths.config, clock, (error) => report(error, 'read the configuration'));
  using catalog = Catalog.open(paths.catalog);
  const tls = await tlsOf(config.last);
  await using server = await HoldfastServer.start({
    catalog,
    config,
    repositoriesFolder: paths.repositories,
    archivesFolder: paths.archives,
    openBackend,
    secrets: new Secrets({ folder: paths.secrets }),
    host: hostIdentity(),
    clock,
    dialects,
    onFailedJob: onNotice,
    report,
    ...(tls === undefined ? {} : { tls }),
    ...(onAccess === undefined || config.last.accessLog === 'off' ? {} : { accessLog: onAccess }),
  });
  const firstToken = await makeFirstToken(catalog, clock.now().getTime());
  const url = await server.listen();
  onReady?.({ url, configFile: paths.config, ...(firstToken === undefined ? {} : { firstToken }) });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function claim(folder: string, signal: AbortSignal): Promise<Disposable> {
  try {
    return await claimProfile(folder, signal);
  } catch (error) {
    if (!isHoldfastError(error, 'locked')) throw error;
    throw new HoldfastError('locked', `A server with the data in ${folder} is running already.`, {
      hint: 'End that one, or give another folder: --data.',
    });
  }
}

export interface RestoreBackupOptions extends Partial<ServerPaths> {
  /** As the API shows it: the backup's `id` of stacks. */
  readonly number: number;
  readonly signal: AbortSignal;
  readonly onFile?: (path: string) => void;
}

/**
 * Restores a backup to where it was, beside a running server or without one: dumps into their databases, folders over what is in
 * them. Its row tells how it goes.
 *
 * @throws `not-found`, `conflict` for one that is not done, `unsupported` for one without dumps or folders; as the engine's tool
 */
export async function restoreBackup(options: RestoreBackupOptions): Promise<void> {
  const { number, signal, onFile = () => undefined } = options;
  const clock = systemClock;
  const paths = serverPaths(userFolders(), options);
  const file = await ServerConfigFile.open(paths.config, clock, () => undefined);
  using catalog = Catalog.open(paths.catalog);
  const backup = catalog.backups.byNumber(number);
  if (backup === undefined) throw new HoldfastError('not-found', `There is no backup ${number}.`);
  const secrets = new Secrets({ folder: paths.secrets });
  await using repositories = new ScopeRepositories({ folder: paths.repositories, openBackend, secrets, clock });
  const archives = new ArchiveCache({ folder: paths.archives, mostBytes: () => 0 });
  const services = { config: () => file.last, catalog, repositories, archives, secrets, host: hostIdentity(), clock };
  await restoreBeside(services, backup, { onFile, signal });
}

/** One that may do everything, where there has never been any. */
async function makeFirstToken(catalog: Catalog, createdAt: number): Promise<string | undefined> {
  if (catalog.tokens.list().length > 0) return undefined;
  const { text, record } = await newToken({ name: 'first', role: 'admin', scopes: '*', createdAt });
  catalog.tokens.add(record);
  return text;
}

async function tlsOf({ tls }: ServerConfig): Promise<{ cert: string; key: string } | undefined> {
  if (tls === undefined) return undefined;
  const read = (path: string) =>
    readFile(path, 'utf8').catch((error: unknown) => {
      const cause = fromSystemError(error, `read ${path}`);
      throw new HoldfastError('invalid-input', `The TLS file ${path} cannot be read: ${messageOf(cause)}`, { cause });
    });
  return { cert: await read(tls.certificateFile), key: await read(tls.keyFile) };
}
