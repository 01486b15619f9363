/**
 * A folder of secret files: encrypted where there is a passphrase, and plain (but private) where there is none.
 *
 * Guarantees: with a passphrase nothing stays plain (what was, is encrypted at first use); a wrong one changes nothing; without one
 * no plain secret is put beside encrypted ones.
 */
import { HoldfastError, isHoldfastError } from '../base/errors.ts';
import { isEncryptedSecret, SecretCipher } from './secret-cipher.ts';
import { listSecretFiles, readSecretFile, removeSecretFile, writeSecretFile } from './secret-file.ts';

interface Found {
  readonly name: string;
  readonly text: string;
}

export class SecretFolder {
  readonly #folder: string;
  readonly #passphrase: () => string | undefined;
  #ready: { readonly passphrase: string; readonly cipher: SecretCipher } | undefined;

  /** @param passphrase asked at each use, so that it can be given later */
  constructor(folder: string, passphrase: () => string | undefined) {
    this.#folder = folder;
    this.#passphrase = passphrase;
  }

  /** @throws HoldfastError 'wrong-password' if there are encrypted secrets that the passphrase does not open, or there is none */
  async write(name: string, secret: string, signal: AbortSignal): Promise<'encrypted-file' | 'file'> {
    const cipher = await this.#cipher(signal);
    if (cipher === undefined) {
      const locked = this.#found().find(({ text }) => isEncryptedSecret(text));
      if (locked !== undefined) throw this.#needsPassphrase(locked.name);
      writeSecretFile(this.#folder, name, secret);
      return 'file';
    }
    const text = await cipher.encrypt(name, secret);
    signal.throwIfAborted();
    writeSecretFile(this.#folder, name, text);
    return 'encrypted-file';
  }

  /** How a secret's file keeps it; undefined if there is none. */
  kindOf(name: string): 'encrypted-file' | 'file' | undefined {
    const text = readSecretFile(this.#folder, name);
    if (text === undefined) return undefined;
    return isEncryptedSecret(text) ? 'encrypted-file' : 'file';
  }

  /** Undefined if there is none. @throws HoldfastError 'wrong-password' */
  async read(name: string, signal: AbortSignal): Promise<string | undefined> {
    const text = readSecretFile(this.#folder, name);
    if (text === undefined) return undefined;
    const cipher = await this.#cipher(signal);
    if (!isEncryptedSecret(text)) return text;
    if (cipher === undefined) throw this.#needsPassphrase(name);
    return cipher.decrypt(name, text);
  }

  remove(name: string): void {
    removeSecretFile(this.#folder, name);
  }

  /** Undefined without a passphrase. With one it fits, and nothing is plain any more. */
  async #cipher(signal: AbortSignal): Promise<SecretCipher | undefined> {
    signal.throwIfAborted();
    const passphrase = this.#passphrase();
    if (passphrase === undefined) return undefined;
    if (this.#ready?.passphrase === passphrase) return this.#ready.cipher;
    const cipher = new SecretCipher(passphrase);
    const found = this.#found();
    await checkPassphrase(cipher, found);
    for (const { name, text } of found) {
      if (isEncryptedSecret(text)) continue;
      const encrypted = await cipher.encrypt(name, text);
      signal.throwIfAborted();
      // Not if it was changed or removed meanwhile.
      if (readSecretFile(this.#folder, name) === text) writeSecretFile(this.#folder, name, encrypted);
    }
    this.#ready = { passphrase, cipher };
    return cipher;
  }

  /** Files that cannot be read are left out: whoever asks for one is told why. */
  #found(): Found[] {
    return listSecretFiles(this.#folder).flatMap((name) => {
      try {
        const text = readSecretFile(this.#folder, name);
        return text === undefined ? [] : [{ name, text }];
      } catch {
        return [];
      }
    });
  }

  #needsPassphrase(name: string): HoldfastError {
    return new HoldfastError('wrong-password', `The kept secret "${name}" in ${this.#folder} is encrypted.`, {
      hint: 'Give its passphrase by HOLDFAST_PASSPHRASE or HOLDFAST_PASSPHRASE_FILE.',
    });
  }
}

/** It is right if it opens one; others may be damaged. */
async function checkPassphrase(cipher: SecretCipher, found: readonly Found[]): Promise<void> {
  let wrong: unknown;
  for (const { name, text } of found) {
    if (!isEncryptedSecret(text)) continue;
    try {
      await cipher.decrypt(name, text);
      return;
    } catch (error) {
      if (isHoldfastError(error, 'wrong-password')) wrong = error;
    }
  }
  if (wrong !== undefined) throw wrong;
}
