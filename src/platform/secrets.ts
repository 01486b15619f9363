/**
 * Where the passwords that Holdfast makes itself are kept: the keychain; else a private file, encrypted if there is a passphrase
 * (secret-folder.ts).
 *
 * A secret has one place: storing it in the keychain removes a file of that name. A file goes first when reading, as its being there
 * says that the keychain was not to be had.
 */
import { HoldfastError } from '../base/errors.ts';
import { type Keychain, loadKeychain } from './keychain.ts';
import { environmentPassphrase } from './passphrase.ts';
import { SecretFolder } from './secret-folder.ts';

/** `file`: private, but not encrypted; the user is to be told. */
export type SecretPlace = 'keychain' | 'encrypted-file' | 'file';

export interface SecretsOptions {
  /** The folder for files, made with mode 0700 when needed. */
  readonly folder: string;
  /** The keychain to use; the system's by default. */
  readonly keychain?: () => Promise<Keychain | undefined>;
  /** What files are encrypted under; by default what the environment says (passphrase.ts). */
  readonly passphrase?: () => string | undefined;
}

export class Secrets {
  readonly #files: SecretFolder;
  readonly #keychain: () => Promise<Keychain | undefined>;

  constructor(options: SecretsOptions) {
    this.#files = new SecretFolder(options.folder, options.passphrase ?? environmentPassphrase);
    this.#keychain = options.keychain ?? loadKeychain;
  }

  /**
   * Keeps a secret durably and says where. Names: letters, digits, `.`, `_`, `-`.
   *
   * @throws HoldfastError 'wrong-password' if it must go to a file and the passphrase is not that of the files there
   */
  async storeSecret(name: string, secret: string, signal: AbortSignal): Promise<SecretPlace> {
    if (await this.#storeInKeychain(name, secret, signal)) {
      this.#files.remove(name);
      return 'keychain';
    }
    return this.#files.write(name, secret, signal);
  }

  /**
   * The secret, or undefined if none was stored.
   *
   * @throws HoldfastError 'permission' if the file is open to others, or the keychain is there and refuses; 'wrong-password' if
   * the file is encrypted and the passphrase is wrong or not given
   */
  async readSecret(name: string, signal: AbortSignal): Promise<string | undefined> {
    const fromFile = await this.#files.read(name, signal);
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

  /** Where a secret is kept, without reading it aloud; undefined if it is not, or the keychain cannot be read. */
  async placeOf(name: string, signal: AbortSignal): Promise<SecretPlace | undefined> {
    const file = this.#files.kindOf(name);
    if (file !== undefined) return file;
    const secret = await (await this.#keychain())?.get(name, signal).catch(() => undefined);
    signal.throwIfAborted();
    return secret === undefined ? undefined : 'keychain';
  }

  async removeSecret(name: string, signal: AbortSignal): Promise<void> {
    this.#files.remove(name);
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
