/**
 * The keychain of the operating system: Keychain on macOS, Credential Manager on Windows, the Secret Service (GNOME Keyring,
 * KWallet …) on Linux. Port and adapter; where there is none, secrets.ts keeps a file.
 *
 * The adapter is the package under the name `keytar`, loaded at first use. Its keytar-like functions fall back, on Linux and
 * without a word, to the kernel's keyring, which a reboot empties; so its entries are used, bound to the Secret Service.
 */
import { randomBytes } from 'node:crypto';

export interface Keychain {
  /** Undefined if there is no such secret; rejects if the keychain cannot be read. */
  get(account: string, signal: AbortSignal): Promise<string | undefined>;
  set(account: string, secret: string, signal: AbortSignal): Promise<void>;
  /** It is fine if there is none. */
  remove(account: string, signal: AbortSignal): Promise<void>;
}

const SERVICE = 'holdfast';

/** A locked keychain may ask the user for its password. */
const PROMPT_MS = 60_000;

let loading: Promise<Keychain | undefined> | undefined;

/** The keychain, or undefined where there is none that keeps what it is given (tried once a process). */
export function loadKeychain(): Promise<Keychain | undefined> {
  loading ??= loadTested();
  return loading;
}

async function loadTested(): Promise<Keychain | undefined> {
  const signal = AbortSignal.timeout(PROMPT_MS);
  try {
    const keychain = await openKeychain();
    const account = `self-test-${randomBytes(8).toString('hex')}`;
    await keychain.set(account, 'kept', signal);
    const kept = await keychain.get(account, signal);
    await keychain.remove(account, signal);
    return kept === 'kept' && (await keychain.get(account, signal)) === undefined ? keychain : undefined;
  } catch {
    return undefined;
  }
}

async function openKeychain(): Promise<Keychain> {
  const { AsyncEntry } = await import('keytar');
  const entry = (account: string) => new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } });
  return {
    get: async (account, signal) => (await bounded(signal, (limit) => entry(account).getPassword(limit))) ?? undefined,
    set: (account, secret, signal) => bounded(signal, (limit) => entry(account).setPassword(secret, limit)),
    remove: async (account, signal) => {
      await bounded(signal, (limit) => entry(account).deletePassword(limit));
    },
  };
}

/** Also when the native call does not hear the signal: the caller goes on, and the call's late answer is dropped. */
async function bounded<T>(signal: AbortSignal, work: (limit: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PROMPT_MS)]);
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(limit.reason);
  limit.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(limit), promise]);
  } finally {
    limit.removeEventListener('abort', abort);
  }
}
