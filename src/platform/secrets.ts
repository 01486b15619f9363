/**
 * Where the passwords that Holdfast makes itself are kept: the keychain, else a private file (secret-file.ts).
 *
 * A secret has one place: storing it in the keychain removes a file of that name. A file goes first when reading, as its being there
 * says that the keychain was not to be had.
 */
import { HoldfastError } from '../base/errors.ts';
import { type Keychain, loadKeychain } from './keychain.ts';
import { readSecretFile, removeSecretFile, writeSecretFile } from './secret-file.ts';

export type SecretPlace = 'keychain' | 'file';

export interface SecretsOptions {
  /** The folder for files, made with mode 0700 when needed. */
  readonly folder: string;
  /** The keychain to use; the system's by default. */
  readonly keychain?: () => Promise<Keychain | undefined>;
}

export class Secrets {
  readonly #folder: string;
  readonly #keychain: () => Promise<Keychain | undefined>;

  constructor(options: SecretsOptions) {
    this.#folder = options.folder;
    this.#keychain = options.keychain ?? loadKeychain;
  }

  /** Keeps a secret durably and says where. Names: letters, digits, `.`, `_`, `-`. */
  async storeSecret(name: string, secret: string, signal: AbortSignal): Promise<SecretPlace> {
    if (await this.#storeInKeychain(name, secret, signal)) {
      removeSecretFile(this.#folder, name);
      return 'keychain';
    }
    writeSecretFile(this.#folder, name, secret);
    return 'file';
  }

  /**
   * The secret, or undefined if none was stored.
   *
   * @throws HoldfastError 'permission' if the file is open to others, or the keychain is there and refuses.
   */
  async readSecret(name: string, signal: AbortSignal): Promise<string | undefined> {
    const fromFile = readSecretFile(this.#folder, name);
    if (fromFile !== undefined) return fromFile;
    const keychain = await this.#keychain();
    signal.throwIfAborted();
    if (keychain === undefined) return undefined;
    try {
      return await keychain.get(name, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw new HoldfastError('permission', 'The keychain cannot be read', {
        hint: 'Unlock it (log in at the desktop), or give the password in another way.',
        cause: error,
      });
    }
  }

  async removeSecret(name: string, signal: AbortSignal): Promise<void> {
    removeSecretFile(this.#folder, name);
    await (await this.#keychain())?.remove(name, signal);
  }

  async #storeInKeychain(name: string, secret: string, signal: AbortSignal): Promise<boolean> {
    const keychain = await this.#keychain();
    signal.throwIfAborted();
    if (keychain === undefined) return false;
    try {
      await keychain.set(name, secret, signal);
      return (await keychain.get(name, signal)) === secret;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }
}
