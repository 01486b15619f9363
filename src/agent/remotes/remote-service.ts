/**
 * The remotes in the configuration: added, tested, changed, taken off the list; and the clients that talk to them.
 *
 * Guarantees: a credential lies among the secrets only, and goes to the server that it was given for: another address wants it
 * again. What does not answer as it should when it is added, or when its address or credential change, is not kept.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { type RemoteConfig, type RemoteInput, remoteSecret } from '../../config/remote.ts';
import { checkTrigger } from '../../jobs/schedule/next-time.ts';
import type { SecretPlace, Secrets } from '../../platform/secrets.ts';
import type { ConnectOptions } from '../../remote/connect.ts';
import type { Remote, RemoteMemory } from '../../remote/remote.ts';
import { newId } from '../new-id.ts';
import type { ConfigStore } from '../state/config-store.ts';
import { noMemory } from './remote-memory.ts';

export interface RemoteServiceOptions {
  readonly store: ConfigStore;
  readonly secrets: Secrets;
  readonly connect: (options: ConnectOptions) => Remote;
  readonly memory: (id: string) => RemoteMemory;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly userAgent: string;
  /** It was taken off the list, or leads elsewhere now: what is known of it is of no use any more. */
  readonly onGone: (id: string) => Promise<void>;
}

interface Client {
  readonly connection: Connection;
  readonly remote: Remote;
}

/** For putting right what an attempt left, also when its caller is gone. */
const cleanMs = 10_000;

export class RemoteService {
  readonly #options: RemoteServiceOptions;
  readonly #clients = new Map<string, Client>();

  constructor(options: RemoteServiceOptions) {
    this.#options = options;
  }

  get all(): readonly RemoteConfig[] {
    return this.#options.store.config.remotes;
  }

  /** @throws `not-found` */
  get(id: string): RemoteConfig {
    const found = this.all.find((remote) => remote.id === id);
    if (found !== undefined) return found;
    throw new HoldfastError('not-found', `There is no remote "${id}".`, {
      hint: '`holdfast remote list` shows those that there are.',
      context: { remoteId: id },
    });
  }

  /** Tries the connection, and lists it if it works. @throws as `tryOut`; `not-found` for a repository that is not there */
  async add(input: RemoteInput, credential: string, signal: AbortSignal): Promise<RemoteConfig> {
    const { store, secrets, clock } = this.#options;
    this.#check(input);
    await this.tryOut(input, credential, signal);
    const taken = this.all.map((remote) => remote.id);
    const id = newId(input.name, taken);
    await secrets.storeSecret(remoteSecret(id), credential, signal);
    try {
      return await store.update((draft) => {
        const made: RemoteConfig = { ...input, id, createdAt: clock.now().toISOString(), revision: 0 };
        draft.remotes.push(made);
        return made;
      });
    } catch (error) {
      await secrets.removeSecret(remoteSecret(id), AbortSignal.timeout(cleanMs));
      throw error;
    }
  }

  /**
   * @param revision of the remote that the change was made from
   * @throws `conflict` where it is of another revision by now; `invalid-input` for another server without its credential; as `add`
   */
  async update(
    id: string,
    {
      input,
      credential,
      revision,
    }: {
      readonly input: RemoteInput;
      readonly credential?: string | undefined;
      readonly revision?: number | undefined;
    },
    signal: AbortSignal,
  ): Promise<RemoteConfig> {
    const { store, onGone } = this.#options;
    const before = this.get(id);
    this.#check(input);
    requireRevision(before, revision);
    const isElsewhere = !isDeepStrictEqual(connectionOf(before), connectionOf(input));
    if (isElsewhere && credential === undefined && !isSameServer(before, input)) throw credentialAgain(before);
    if (isElsewhere || credential !== undefined) {
      await this.tryOut(input, credential ?? (await this.#credential(before, signal)), signal);
    }
    const changed = await store.update(({ remotes }) => {
      const at = remotes.findIndex((remote) => remote.id === id);
      const now = remotes[at] ?? this.get(id);
      requireRevision(now, before.revision);
      remotes[at] = { ...input, id, createdAt: now.createdAt, revision: now.revision + 1 };
      return remotes[at];
    });
    if (credential !== undefined) await this.#keep(id, credential, signal);
    if (isElsewhere) await this.#forget(id, onGone);
    return changed;
  }

  /** Keeps another credential, which works. @throws as `tryOut` */
  async setCredential(id: string, credential: string, signal: AbortSignal): Promise<RemoteConfig> {
    const remote = this.get(id);
    await this.tryOut(remote, credential, signal);
    await this.#keep(id, credential, signal);
    return remote;
  }

  /** Off the list, with its credential. What is on the remote stays. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    const { store, secrets, onGone } = this.#options;
    this.get(id);
    await store.update((draft) => {
      draft.remotes = draft.remotes.filter((remote) => remote.id !== id);
    });
    await this.#forget(id, onGone);
    await secrets.removeSecret(remoteSecret(id), signal);
  }

  /** Whether a connection works, in the remote's words: "47 backups, may create". */
  tryOut(input: RemoteInput, credential: string, signal: AbortSignal): Promise<string> {
    return this.#connect(input, credential, noMemory()).test(signal);
  }

  /** As `tryOut`, of one that is listed. */
  async test(id: string, signal: AbortSignal): Promise<string> {
    return (await this.open(id, signal)).test(signal);
  }

  /** The client of a remote; the same one until its connection changes. @throws `unauthenticated` where its credential is missing */
  async open(id: string, signal: AbortSignal): Promise<Remote> {
    const config = this.get(id);
    const connection = connectionOf(config);
    const kept = this.#clients.get(id);
    if (kept !== undefined && isDeepStrictEqual(kept.connection, connection)) return kept.remote;
    const remote = this.#connect(config, await this.#credential(config, signal), this.#options.memory(id));
    this.#clients.set(id, { connection, remote });
    return remote;
  }

  /** Where its credential is kept. */
  async credentialPlace(id: string, signal: AbortSignal): Promise<SecretPlace | 'none'> {
    return (await this.#options.secrets.placeOf(remoteSecret(id), signal)) ?? 'none';
  }

  async #keep(id: string, credential: string, signal: AbortSignal): Promise<void> {
    await this.#options.secrets.storeSecret(remoteSecret(id), credential, signal);
    this.#clients.delete(id);
  }

  async #forget(id: string, onGone: (id: string) => Promise<void>): Promise<void> {
    this.#clients.delete(id);
    await onGone(id);
  }

  async #credential({ id, name }: RemoteConfig, signal: AbortSignal): Promise<string> {
    const credential = await this.#options.secrets.readSecret(remoteSecret(id), signal);
    if (credential !== undefined) return credential;
    throw new HoldfastError('unauthenticated', `The credential of "${name}" is not kept here.`, {
      hint: `Give it again: holdfast remote credential ${id}`,
      context: { remoteId: id },
    });
  }

  #connect(input: RemoteInput, credential: string, memory: RemoteMemory): Remote {
    const { connect, clock, random, userAgent } = this.#options;
    const { dialect, baseUrl, scope, allowInsecure, settings } = input;
    return connect({
      dialect,
      baseUrl,
      credential,
      allowInsecure,
      settings,
      memory,
      clock,
      random,
      userAgent,
      ...(scope === undefined ? {} : { scope }),
    });
  }

  /** What a schema cannot see. */
  #check({ schedule, ingestInto }: RemoteInput): void {
    if (schedule !== undefined) {
      try {
        checkTrigger(schedule.trigger, this.#options.clock.now());
      } catch (error) {
        if (!isHoldfastError(error, 'invalid-input')) throw error;
        const fields = [{ path: 'schedule.trigger', message: error.message }];
        throw new HoldfastError('invalid-input', error.message, { fields, context: error.context, cause: error });
      }
    }
    const known = this.#options.store.config.repositories.map(({ id }) => id);
    if (ingestInto === undefined || known.includes(ingestInto)) return;
    throw new HoldfastError('not-found', `There is no repository "${ingestInto}".`, {
      hint: known.length === 0 ? 'Add a repository first.' : `There is: ${known.join(', ')}.`,
      fields: [{ path: 'ingestInto', message: `There is no repository "${ingestInto}"` }],
    });
  }
}

type Connection = Pick<RemoteInput, 'dialect' | 'baseUrl' | 'scope' | 'allowInsecure' | 'settings'>;

function connectionOf({ dialect, baseUrl, scope, allowInsecure, settings }: RemoteInput): Connection {
  return { dialect, baseUrl, scope, allowInsecure, settings };
}

/** Plain http where there was none is another server: everybody on the way would read the credential. */
function isSameServer(one: Connection, other: Connection): boolean {
  return new URL(one.baseUrl).origin === new URL(other.baseUrl).origin;
}

function requireRevision({ id, name, revision: now }: RemoteConfig, revision: number | undefined): void {
  if (revision === undefined || revision === now) return;
  throw new HoldfastError('conflict', `The remote "${name}" was changed meanwhile.`, {
    hint: 'Look at it as it is now, and change that.',
    context: { remoteId: id, revision: now },
  });
}

function credentialAgain({ name, id }: RemoteConfig): HoldfastError {
  return new HoldfastError('invalid-input', `"${name}" is to lead to another server, which needs its own credential.`, {
    hint: 'Give the credential for that server, too.',
    fields: [{ path: 'credential', message: 'is needed for another server' }],
    context: { remoteId: id },
  });
}
