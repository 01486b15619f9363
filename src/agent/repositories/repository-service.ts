/**
 * The repositories in the configuration: made, opened, tested, renamed, moved, taken off the list. A new one's password is kept
 * before the repository is made; taking one off the list forgets its password and leaves its files alone.
 */
import { mkdirSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import {
  defaultRepositoryId,
  type RepositoryConfig,
  repositorySchema,
  repositorySecret,
} from '../../config/repository.ts';
import { checkTrigger } from '../../jobs/schedule/next-time.ts';
import { claimFolder } from '../../platform/claim-folder.ts';
import type { SecretPlace, Secrets } from '../../platform/secrets.ts';
import {
  type Backend,
  initKeptRepository,
  listSnapshots,
  openRepository,
  type Repository,
} from '../../repository/mod.ts';
import { newId } from '../new-id.ts';
import type { ConfigStore } from '../state/config-store.ts';
import { type Destination, type DestinationInput, type Destinations, readDestination } from './destinations.ts';
import { emergencyKitText } from './emergency-kit.ts';
import { tryStore } from './try-store.ts';

export interface RepositoryServiceOptions {
  readonly store: ConfigStore;
  readonly secrets: Secrets;
  readonly destinations: Destinations;
  readonly clock: Clock;
  readonly hostname: string;
  /** A repository was taken off the list, or is another one now. */
  readonly onGone: (id: string) => Promise<void>;
}

/** For putting right what an attempt left, also when its caller is gone. */
const cleanMs = 10_000;

export interface AddRepository extends DestinationInput {
  readonly name: string;
  readonly mode: 'create' | 'open' | 'either';
  readonly password?: string | undefined;
}

export interface TestedPlace {
  readonly state: 'repository' | 'empty' | 'password-needed';
  /** Known of a repository that could be opened: a lock was written, read back, listed and removed. */
  readonly writable?: boolean;
  /** Known of a repository that could be opened: its store refuses to remove anything but locks. */
  readonly appendOnly?: boolean;
  readonly snapshots?: number;
  readonly freeBytes?: number;
}

export class RepositoryService {
  readonly #options: RepositoryServiceOptions;

  constructor(options: RepositoryServiceOptions) {
    this.#options = options;
  }

  get all(): readonly RepositoryConfig[] {
    return this.#options.store.config.repositories;
  }

  /** @throws `not-found` */
  get(id: string): RepositoryConfig {
    const found = this.all.find((repository) => repository.id === id);
    if (found !== undefined) return found;
    throw new HoldfastError('not-found', `There is no repository "${id}".`, {
      hint: '`holdfast repository list` shows those that there are.',
      context: { repositoryId: id },
    });
  }

  /**
   * Makes a repository, or opens one that is there, and lists it.
   *
   * @throws `exists` where it is listed already, or one is there and a new one was asked for; `wrong-password`;
   *   `no-repository`; the backend's codes
   */
  async add(input: AddRepository, signal: AbortSignal): Promise<RepositoryConfig> {
    const id = newId(
      input.name,
      this.all.map((repository) => repository.id),
    );
    return this.#addAs(id, input, signal);
  }

  /** The embedded repository in the data folder: listed, and made if nobody has made it yet. */
  async ensureDefault(location: string, signal: AbortSignal): Promise<void> {
    if (this.all.length > 0) return;
    mkdirSync(location, { recursive: true, mode: 0o700 });
    // The command line makes the same repository at its first backup.
    await using _ = await claimFolder(`${location}.making`, { signal });
    await this.#addAs(
      defaultRepositoryId,
      { name: 'This computer', location, mode: 'either', password: undefined },
      signal,
    );
  }

  /** @throws `not-found`; `invalid-input` for times that never come */
  async update(id: string, change: Pick<RepositoryConfig, 'name' | 'upkeep'>): Promise<RepositoryConfig> {
    this.get(id);
    const { check, prune } = change.upkeep;
    for (const trigger of [check, prune]) checkTrigger(trigger, this.#options.clock.now());
    return this.#options.store.update(({ repositories }) => {
      const at = repositories.findIndex((repository) => repository.id === id);
      repositories[at] = { ...repositories[at]!, ...change };
      return repositories[at];
    });
  }

  /**
   * Keeps another password of a repository, which opens it.
   *
   * @throws `wrong-password` where it does not, `no-repository`, `conflict` where another repository lies there; nothing is
   *   changed then
   */
  async setPassword(id: string, password: string, signal: AbortSignal): Promise<RepositoryConfig> {
    const { secrets, destinations, onGone } = this.#options;
    const config = this.get(id);
    await this.#openSame(config, await destinations.kept(config, signal), password, signal);
    await secrets.storeSecret(repositorySecret(id), password, signal);
    await onGone(id);
    return config;
  }

  /** The same repository lies elsewhere now, or is got at in another way. @throws as `setPassword` */
  async move(id: string, input: DestinationInput, signal: AbortSignal): Promise<RepositoryConfig> {
    const { secrets, store, destinations, onGone } = this.#options;
    const config = this.get(id);
    const password = await secrets.readSecret(repositorySecret(id), signal);
    if (password === undefined) {
      throw new HoldfastError('wrong-password', `The password of "${config.name}" is not kept here.`, {
        hint: `Give it again: holdfast repository password ${id}`,
      });
    }
    const destination = readDestination(input, await destinations.kept(config, signal));
    const { location, settings } = destination;
    const appendOnly = await this.#openSame(config, destination, password, signal);
    await destinations.keep(id, destination, signal);
    const moved = await store.update(({ repositories }) => {
      const at = repositories.findIndex((repository) => repository.id === id);
      repositories[at] = { ...(repositories[at] ?? config), location, settings, appendOnly };
      return repositories[at];
    });
    await onGone(id);
    return moved;
  }

  /** @throws `exists` while plans or remotes use it */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    const { store, secrets, destinations, onGone } = this.#options;
    const { name } = this.get(id);
    const { plans, remotes } = store.config;
    const users = [
      ...plans.filter(({ repositories }) => repositories.includes(id)),
      ...remotes.filter(({ ingestInto }) => ingestInto === id),
    ];
    if (users.length > 0) {
      throw new HoldfastError('exists', `${users.map((user) => `"${user.name}"`).join(', ')} back up to "${name}".`, {
        hint: 'Give them another repository first, or delete them.',
      });
    }
    await store.update((draft) => {
      draft.repositories = draft.repositories.filter((repository) => repository.id !== id);
    });
    await onGone(id);
    await secrets.removeSecret(repositorySecret(id), signal);
    await destinations.keep(id, { credentials: {} }, signal);
  }

  /** What is at a place, and whether it can be used. Throws as opening does. */
  async test(
    { password, ...input }: DestinationInput & { readonly password?: string | undefined },
    signal: AbortSignal,
  ): Promise<TestedPlace> {
    const { destinations } = this.#options;
    const destination = readDestination(input);
    await using backend = destinations.open(destination);
    const freeBytes = await backend.freeBytes(signal).catch(() => undefined);
    const free = freeBytes === undefined ? {} : { freeBytes };
    if (!(await isRepository(backend, signal))) return { state: 'empty', ...free };
    if (password === undefined) return { state: 'password-needed', ...free };
    await using repository = await openRepository({ backend: destinations.open(destination), password, signal });
    const snapshots = await listSnapshots(repository, { signal, onDamaged: () => undefined });
    return { state: 'repository', ...(await tryStore(repository, signal)), snapshots: snapshots.length, ...free };
  }

  /** One page of text with the password in it. @throws `wrong-password` where it is not kept here */
  async emergencyKit(id: string, signal: AbortSignal): Promise<string> {
    const { secrets, destinations, clock, hostname } = this.#options;
    const config = this.get(id);
    const { name, repositoryId } = config;
    const password = await secrets.readSecret(repositorySecret(id), signal);
    if (password === undefined) {
      throw new HoldfastError('wrong-password', `The password of "${name}" is not kept here.`, {
        hint: 'Write it on the page yourself, or give it to Holdfast again first.',
      });
    }
    const { location, settings, credentials } = await destinations.kept(config, signal);
    const access = { ...settings, ...credentials };
    return emergencyKitText({ name, location, access, repositoryId, password, hostname, date: clock.now() });
  }

  /** Where its password is kept. */
  async passwordPlace(id: string, signal: AbortSignal): Promise<SecretPlace | 'none'> {
    return (await this.#options.secrets.placeOf(repositorySecret(id), signal)) ?? 'none';
  }

  /** Names of the credentials that are kept for its destination. */
  async credentialNames(id: string, signal: AbortSignal): Promise<string[]> {
    return Object.keys((await this.#options.destinations.kept(this.get(id), signal)).credentials);
  }

  async #addAs(id: string, { name, mode, password, ...input }: AddRepository, signal: AbortSignal) {
    const { store, destinations, clock } = this.#options;
    const destination = readDestination(input);
    const { location, settings } = destination;
    const there = await this.#exists(destination, signal);
    if (there && mode === 'create') {
      throw new HoldfastError('exists', `There is a repository at ${location} already.`, {
        hint: 'Open that one with its password, or choose another place.',
        context: { location },
      });
    }
    await using repository =
      there || mode === 'open'
        ? await this.#openKept(id, destination, password, signal)
        : await this.#make(id, destination, password, signal);
    const listed = this.all.find(({ repositoryId }) => repositoryId === repository.config.id);
    if (listed !== undefined) {
      throw new HoldfastError('exists', `That repository is listed already, as "${listed.name}".`, {
        hint: 'Use that one.',
        context: { repositoryId: listed.id },
      });
    }
    const { writable, appendOnly } = await tryStore(repository, signal);
    if (!writable) {
      throw new HoldfastError('permission', `The repository at ${location} can be read, but not be written.`, {
        hint: 'Backups need the right to write there.',
        context: { location },
      });
    }
    await destinations.keep(id, destination, signal);
    const config = repositorySchema.parse({
      id,
      name,
      location,
      settings,
      appendOnly,
      repositoryId: repository.config.id,
      createdAt: clock.now().toISOString(),
    });
    await store.update(({ repositories }) => void repositories.push(config));
    return config;
  }

  /** Whether its store is append-only. @throws `conflict` where another repository lies there */
  async #openSame(
    { name, repositoryId }: RepositoryConfig,
    destination: Destination,
    password: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { location } = destination;
    const backend = this.#options.destinations.open(destination);
    await using repository = await openRepository({ backend, password, signal });
    if (repository.config.id === repositoryId) return (await tryStore(repository, signal)).appendOnly;
    throw new HoldfastError('conflict', `Another repository lies at ${location} than the one called "${name}".`, {
      hint: 'Add that one as a repository of its own: holdfast repository add',
      context: { location },
    });
  }

  async #exists(destination: Destination, signal: AbortSignal): Promise<boolean> {
    await using backend = this.#options.destinations.open(destination);
    return await isRepository(backend, signal);
  }

  async #make(
    id: string,
    destination: Destination,
    password: string | undefined,
    signal: AbortSignal,
  ): Promise<Repository> {
    const { secrets, destinations } = this.#options;
    const name = repositorySecret(id);
    const before = await secrets.readSecret(name, signal);
    try {
      const { repository } = await initKeptRepository({
        backend: destinations.open(destination),
        kept: {
          read: async () => before,
          store: (made, during) => secrets.storeSecret(name, made, during),
        },
        ...(password === undefined ? {} : { password }),
        signal,
      });
      return repository;
    } catch (error) {
      // Kept for nothing, unless something may lie there that opens with it.
      const cleaning = AbortSignal.timeout(cleanMs);
      const mayBeThere = await this.#exists(destination, cleaning).catch(() => true);
      if (before === undefined && !mayBeThere) await secrets.removeSecret(name, cleaning);
      throw error;
    }
  }

  /** Opens one that is there, and keeps the password that did it. */
  async #openKept(
    id: string,
    destination: Destination,
    password: string | undefined,
    signal: AbortSignal,
  ): Promise<Repository> {
    const { secrets, destinations } = this.#options;
    const given = password ?? (await secrets.readSecret(repositorySecret(id), signal));
    if (given === undefined) {
      throw new HoldfastError('wrong-password', `The repository at ${destination.location} needs its password.`, {
        hint: 'Give the password that it was made with.',
      });
    }
    const repository = await openRepository({ backend: destinations.open(destination), password: given, signal });
    if (password !== undefined) await secrets.storeSecret(repositorySecret(id), password, signal);
    return repository;
  }
}

async function isRepository(backend: Backend, signal: AbortSignal): Promise<boolean> {
  try {
    await backend.stat({ type: 'config', name: 'config' }, signal);
    return true;
  } catch (error) {
    if (isHoldfastError(error, 'not-found', 'no-repository')) return false;
    throw error;
  }
}
