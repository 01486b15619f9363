/** Secrets in files, for machines without a keychain: a private file (private-file.ts) for each. */
import { join } from 'node:path';
import { HoldfastError } from '../base/errors.ts';
import { readPrivateFile, removePrivateFile, writePrivateFile } from './private-file.ts';

/** @throws HoldfastError; the secret is never part of it. */
export function writeSecretFile(folder: string, name: string, secret: string): void {
  writePrivateFile(secretPath(folder, name), secret);
}

/** Undefined if there is none. */
export function readSecretFile(folder: string, name: string): string | undefined {
  return readPrivateFile(secretPath(folder, name))?.toString('utf8');
}

/** It is fine if there is none. */
export function removeSecretFile(folder: string, name: string): void {
  removePrivateFile(secretPath(folder, name));
}

function secretPath(folder: string, name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/.test(name)) {
    throw new HoldfastError('internal', `"${name}" cannot be the name of a secret`);
  }
  return join(folder, name);
}
