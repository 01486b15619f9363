/** Secrets in files, for machines without a keychain: a private file (private-file.ts) for each. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, HoldfastError, systemCode } from '../base/errors.ts';
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

/** The names of those that are there; none if the folder is not. What is still being written is left out. */
export function listSecretFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => validName.test(name) && !name.endsWith('.tmp'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw fromSystemError(error, `list the secrets in ${folder}`);
  }
}

const validName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/;

function secretPath(folder: string, name: string): string {
  if (!validName.test(name)) {
    throw new HoldfastError('internal', `"${name}" cannot be the name of a secret`);
  }
  return join(folder, name);
}
