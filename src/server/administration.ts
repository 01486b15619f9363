/** What the owner of a server does beside it, while it runs or not: tokens and scopes. */
import { systemClock } from '../base/clock.ts';
import { HoldfastError } from '../base/errors.ts';
import { userFolders } from '../platform/folders.ts';
import { preparePrivateFolder } from '../platform/private-file.ts';
import { Secrets } from '../platform/secrets.ts';
import { newToken } from './access/token.ts';
import { Catalog } from './catalog/catalog.ts';
import { type TokenRecord, type TokenRole, tokenRoles } from './catalog/tokens.ts';
import { ServerConfigFile } from './config/config-file.ts';
import type { Scope } from './config/scope.ts';
import { externalIdOf } from './config/server-config.ts';
import { type ServerPaths, serverPaths } from './server-paths.ts';

export interface ListedToken extends Pick<TokenRecord, 'id' | 'name' | 'role' | 'scopes'> {
  /** ISO times. */
  readonly createdAt: string;
  readonly usedAt?: string;
  readonly revokedAt?: string;
}

export type ListedScope = Scope & { readonly externalId: string };

export class ServerAdministration implements Disposable {
  readonly #catalog: Catalog;
  readonly #config: ServerConfigFile;
  readonly #secrets: Secrets;

  private constructor(catalog: Catalog, config: ServerConfigFile, secrets: Secrets) {
    this.#catalog = catalog;
    this.#config = config;
    this.#secrets = secrets;
  }

  /** @throws as the server's start */
  static async open(given: Partial<ServerPaths>): Promise<ServerAdministration> {
    const paths = serverPaths(userFolders(), given);
    preparePrivateFolder(paths.data);
    const config = await ServerConfigFile.open(paths.config, systemClock, () => undefined);
    return new ServerAdministration(Catalog.open(paths.catalog), config, new Secrets({ folder: paths.secrets }));
  }

  get configFile(): string {
    return this.#config.path;
  }

  /** @returns the token's text, which is not kept. @throws `invalid-input` for an unknown role, `not-found` for an unknown scope */
  async addToken(name: string, role: string, scopes: readonly string[]): Promise<{ text: string; token: ListedToken }> {
    const known = tokenRoles.find((one) => one === role);
    if (known === undefined) throw unknownRole(role);
    for (const id of scopes) this.#assertScope(id);
    return this.#add(name, known, scopes.length === 0 ? '*' : scopes);
  }

  tokens(): readonly ListedToken[] {
    return this.#catalog.tokens.list().map(listed);
  }

  /** @param id or the start of one. @throws `not-found`, `invalid-input` for one that is not unique */
  revokeToken(id: string): ListedToken {
    const found = this.#catalog.tokens
      .list()
      .filter((token) => token.id.startsWith(id) && token.revokedAt === undefined);
    const [token] = found;
    if (token === undefined || found.length > 1) throw noSuchToken(id, found.length);
    this.#catalog.tokens.revoke(token.id, systemClock.now().getTime());
    return listed(this.#catalog.tokens.get(token.id)!);
  }

  scopes(): readonly ListedScope[] {
    return this.#config.last.scopes.map((scope) => ({ ...scope, externalId: externalIdOf(scope) }));
  }

  /** @throws `invalid-input` naming what is wrong with it, `exists` */
  async addScope(scope: Readonly<Record<string, unknown>>): Promise<ListedScope> {
    if (this.scopes().some(({ id }) => id === scope.id)) {
      throw new HoldfastError('exists', `There is a scope "${String(scope.id)}" already.`, {
        hint: 'Take another id.',
      });
    }
    await this.#config.edit((config) => ({ ...config, scopes: [...config.scopes, scope] }));
    return this.scopes().find(({ id }) => id === scope.id)!;
  }

  /** Its repository stays. @throws `not-found` */
  async removeScope(id: string): Promise<void> {
    this.#assertScope(id);
    await this.#config.edit((config) => ({ ...config, scopes: config.scopes.filter((scope) => scope.id !== id) }));
  }

  /** The password of a database, by the name that the configuration gives it (`passwordSecret`). */
  async storeSecret(name: string, value: string, signal: AbortSignal): Promise<void> {
    await this.#secrets.storeSecret(name, value, signal);
  }

  async removeSecret(name: string, signal: AbortSignal): Promise<void> {
    await this.#secrets.removeSecret(name, signal);
  }

  [Symbol.dispose](): void {
    this.#catalog[Symbol.dispose]();
  }

  async #add(name: string, role: TokenRole, scopes: TokenRecord['scopes']) {
    const { text, record } = await newToken({ name, role, scopes, createdAt: systemClock.now().getTime() });
    this.#catalog.tokens.add(record);
    return { text, token: listed({ ...record, usedAt: undefined, revokedAt: undefined }) };
  }

  #assertScope(id: string): void {
    if (this.#config.last.scopes.some((scope) => scope.id === id)) return;
    throw new HoldfastError('not-found', `There is no scope "${id}".`, {
      hint: 'holdfast server scope list shows those that there are.',
    });
  }
}

function listed({ id, name, role, scopes, createdAt, usedAt, revokedAt }: TokenRecord): ListedToken {
  const text = (time: number) => new Date(time).toISOString();
  return {
    id,
    name,
    role,
    scopes,
    createdAt: text(createdAt),
    ...(usedAt === undefined ? {} : { usedAt: text(usedAt) }),
    ...(revokedAt === undefined ? {} : { revokedAt: text(revokedAt) }),
  };
}

function unknownRole(role: string): HoldfastError {
  return new HoldfastError('invalid-input', `There is no role "${role}".`, {
    hint: `Give one of ${tokenRoles.join(', ')}.`,
  });
}

function noSuchToken(id: string, found: number): HoldfastError {
  const hint = 'holdfast server token list shows them.';
  if (found > 1) return new HoldfastError('invalid-input', `Several tokens begin with "${id}".`, { hint });
  return new HoldfastError('not-found', `There is no good token "${id}".`, { hint });
}
