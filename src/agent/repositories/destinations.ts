/** Opens the places of repositories: their location and settings are in the configuration, their credentials in the keychain. */
import type { BackendPlace } from '../../backend/backend.ts';
import { HoldfastError } from '../../base/errors.ts';
import { SharedWaits, type Wait } from '../../base/shared-waits.ts';
import { destinationKind, destinationKinds, destinationSecret, withoutLogin } from '../../config/destination.ts';
import type { RepositoryConfig } from '../../config/repository.ts';
import type { Secrets } from '../../platform/secrets.ts';
import type { Backend } from '../../repository/mod.ts';

export interface Destination {
  readonly location: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, string>>;
}

/** As a face gives it: what is left out is as it was, or empty. */
export interface DestinationInput {
  readonly location: string;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly credentials?: Readonly<Record<string, string>> | undefined;
}

export interface DestinationsOptions {
  readonly openBackend: (place: BackendPlace) => Backend;
  readonly limits?: SharedArrayBuffer;
  readonly secrets: Pick<Secrets, 'readSecret' | 'storeSecret' | 'removeSecret'>;
  /** Where caches of stores beyond a network lie. */
  readonly cacheFolder: string;
}

export class Destinations {
  readonly #options: DestinationsOptions;
  /** By repository. */
  readonly #waits = new Map<string, SharedWaits>();

  constructor(options: DestinationsOptions) {
    this.#options = options;
  }

  /** @param waits where calls that wait for the store say so */
  open({ location, settings, credentials }: Destination, waits?: SharedWaits): Backend {
    const { openBackend, limits, cacheFolder } = this.#options;
    return openBackend({
      location,
      credentials: { ...settings, ...credentials },
      ...(limits === undefined ? {} : { limits }),
      ...(waits === undefined ? {} : { waits: waits.shared }),
      cacheFolder,
    });
  }

  /** Of a listed repository, with the credentials that are kept. */
  async openKept(config: RepositoryConfig, signal: AbortSignal): Promise<Backend> {
    const waits = this.#waits.get(config.id) ?? new SharedWaits();
    this.#waits.set(config.id, waits);
    return this.open(await this.kept(config, signal), waits);
  }

  /** Whether somebody waits for the store of a listed repository, and why. */
  waitFor(repositoryId: string): Wait | undefined {
    return this.#waits.get(repositoryId)?.now();
  }

  async kept({ id, location, settings }: RepositoryConfig, signal: AbortSignal): Promise<Destination> {
    const text = await this.#options.secrets.readSecret(destinationSecret(id), signal);
    return { location, settings, credentials: text === undefined ? {} : JSON.parse(text) };
  }

  /** Keeps the credentials, and forgets those before. */
  async keep(id: string, { credentials }: Pick<Destination, 'credentials'>, signal: AbortSignal): Promise<void> {
    const { secrets } = this.#options;
    const name = destinationSecret(id);
    if (Object.keys(credentials).length > 0)
      return secrets.storeSecret(name, JSON.stringify(credentials), signal).then();
    if ((await secrets.readSecret(name, signal)) !== undefined) await secrets.removeSecret(name, signal);
  }
}

/**
 * A destination whose secrets are in its credentials, and nowhere else.
 *
 * @param before what it was, where it changes; settings and credentials stay unless they are given, or its kind is another
 * @throws `invalid-input` for a name that its kind does not have, or a secret among the settings
 */
export function readDestination(input: DestinationInput, before?: Destination): Destination {
  const { location, login } = withoutLogin(input.location);
  const kind = destinationKind(location);
  const stays = before !== undefined && destinationKind(before.location) === kind ? before : undefined;
  const settings = input.settings ?? stays?.settings ?? {};
  const credentials = { ...(input.credentials ?? stays?.credentials ?? {}), ...login };
  const fields = new Map(destinationKinds[kind]?.fields.map((field) => [field.name, field]));
  for (const name of [...Object.keys(settings), ...Object.keys(credentials)]) {
    if (fields.has(name)) continue;
    throw new HoldfastError('invalid-input', `A destination of the kind "${kind}" has no setting "${name}".`, {
      hint: fields.size === 0 ? 'It has none.' : `It has ${[...fields.keys()].join(', ')}.`,
    });
  }
  for (const name of Object.keys(settings)) {
    if (fields.get(name)?.secret !== true) continue;
    throw new HoldfastError('invalid-input', `"${name}" is a secret, and settings are not kept as one.`, {
      hint: 'Give it as a credential.',
    });
  }
  return { location, settings, credentials };
}
