/**
 * The key files: each holds the repository's master key, sealed under a key that scrypt makes from one password
 * (restic design.rst, Keys, Encryption and MAC).
 *
 * Guarantees: opening writes nothing. A key file that is damaged is never taken for a wrong password, and one that asks
 * for absurd memory or time is refused before scrypt runs. A new key is opened once before an old one is removed.
 */
import { randomBytes, scrypt } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Backend } from '../backend/backend.ts';
import { mapBounded } from '../base/concurrency.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
import { formatTime } from '../format/go-time.ts';
import { type Id, idOf } from '../format/id.ts';
import {
  encodeKeyFile,
  encodeMasterKey,
  type KeyFile,
  type MasterKey,
  parseKeyFile,
  parseMasterKey,
} from '../format/key-file.ts';
import { open, seal } from './crypto.ts';
import type { Repository } from './repository.ts';

/** Cost of turning a password into a key: memory is 128 · N · r bytes, time grows with N · r · p. */
export interface ScryptCost {
  /** A power of two. */
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export interface KeyOptions {
  readonly cost?: ScryptCost;
  /** Who made the key, for the list of keys. */
  readonly username?: string;
  readonly hostname?: string;
}

export interface KeyInfo {
  readonly id: Id;
  readonly username: string;
  readonly hostname: string;
  /** RFC 3339. */
  readonly created: string;
  /** True for the key that opened the repository. */
  readonly current: boolean;
}

/** 32 MiB and about 0.1 s: what restic's calibration ends at (it allows itself 60 MB), with p = 1. */
export const defaultCost: ScryptCost = { N: 32_768, r: 8, p: 1 };
const maxMemoryBytes = 512 * 1024 * 1024;
const maxWork = 2 ** 25; // N · r · p: 128 times the default, about 15 s
const saltBytes = 64;
const textOfWrongPassword = 'No key of the repository opens with this password.';

/** A master key of random bytes. */
export function newMasterKey(): MasterKey {
  return { encryption: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
}

/** Writes a key file that holds `key` under `password`; gives its id. */
export async function createKey(options: {
  readonly backend: Backend;
  readonly password: string;
  readonly key: MasterKey;
  readonly options?: KeyOptions;
  readonly signal: AbortSignal;
}): Promise<Id> {
  const { N, r, p } = options.options?.cost ?? defaultCost;
  const salt = randomBytes(saltBytes);
  const userKey = await deriveKey(options.password, salt, { N, r, p });
  options.signal.throwIfAborted();
  const bytes = encodeKeyFile({
    created: formatTime(BigInt(Date.now()) * 1_000_000n),
    username: options.options?.username ?? currentUser(),
    hostname: options.options?.hostname ?? hostname(),
    kdf: 'scrypt',
    N,
    r,
    p,
    salt,
    data: seal(userKey, encodeMasterKey(options.key)),
  });
  const name = idOf(bytes);
  await options.backend.save({ type: 'key', name }, bytes, options.signal);
  return name;
}

/**
 * Finds the key file that `password` opens.
 *
 * @param hint the key file to try first
 * @throws `wrong-password` if sound key files are there and none opens; `corrupt` if there is none, or no sound one;
 *   what the backend throws if keys cannot be listed or read
 */
export async function openWithPassword(
  backend: Backend,
  password: string,
  signal: AbortSignal,
  hint?: Id,
): Promise<{ key: MasterKey; keyId: Id }> {
  const damaged: HoldfastError[] = [];
  let sound = 0;
  for (const keyId of await keyIds(backend, signal, hint)) {
    try {
      const key = await openKey(await readKey(backend, keyId, signal), keyId, password);
      signal.throwIfAborted();
      if (key !== undefined) return { key, keyId };
      sound++;
    } catch (error) {
      if (isHoldfastError(error, 'not-found')) continue; // removed since the listing
      if (!isHoldfastError(error, 'corrupt')) throw error;
      damaged.push(error);
    }
  }
  const [first] = damaged;
  if (sound > 0) {
    throw new HoldfastError('wrong-password', textOfWrongPassword, {
      hint: first === undefined ? 'Check the password.' : `Check the password; note also: ${first.message}`,
      context: { location: backend.location, damagedKeys: damaged.length },
    });
  }
  throw (
    first ??
    new HoldfastError('corrupt', `The repository at ${backend.location} has a configuration but no keys.`, {
      hint: 'Bring back its keys folder from a copy: without a key nothing can be read.',
      context: { location: backend.location },
    })
  );
}

/** All keys, in no order. A damaged key file throws `corrupt`, unless `onDamaged` takes it. */
export async function listKeys(
  repository: Repository,
  signal: AbortSignal,
  onDamaged?: (id: Id, error: HoldfastError) => void,
): Promise<KeyInfo[]> {
  const { backend } = repository;
  const infos = await mapBounded(await keyIds(backend, signal), backend.connections, signal, async (id) => {
    try {
      const { username, hostname, created } = await readKey(backend, id, signal);
      return { id, username, hostname, created, current: id === repository.keyId };
    } catch (error) {
      if (onDamaged === undefined || !isHoldfastError(error, 'corrupt')) throw error;
      onDamaged(id, error);
      return undefined;
    }
  });
  return infos.filter((info) => info !== undefined);
}

/** Lets a further password open the repository; gives the new key's id. */
export async function addKey(
  repository: Repository,
  password: string,
  signal: AbortSignal,
  options: KeyOptions = {},
): Promise<Id> {
  const { backend, key } = repository;
  const id = await createKey({ backend, password, key, options, signal });
  try {
    if ((await openKey(await readKey(backend, id, signal), id, password)) === undefined) {
      throw new HoldfastError('io', `The new key ${id} does not open again.`, { context: { key: id } });
    }
  } catch (error) {
    await backend.remove({ type: 'key', name: id }, signal);
    throw error;
  }
  return id;
}

/**
 * Takes a password's access away.
 *
 * @throws `invalid-input` for the key that is in use; `not-found`
 */
export async function removeKey(repository: Repository, id: Id, signal: AbortSignal): Promise<void> {
  if (id === repository.keyId) {
    throw new HoldfastError('invalid-input', `The key ${id} is the one in use, so it is not removed.`, {
      hint: 'Open the repository with another password first, or change this one.',
      context: { key: id },
    });
  }
  await repository.backend.stat({ type: 'key', name: id }, signal);
  await repository.backend.remove({ type: 'key', name: id }, signal);
}

/**
 * Puts a key for `newPassword` in the place of the one in use; gives its id. Old copies of the repository still open.
 *
 * @param beforeRemoval runs while both keys open: keeps the new password where the old one was kept
 */
export async function changePassword(
  repository: Repository,
  newPassword: string,
  signal: AbortSignal,
  options: KeyOptions = {},
  beforeRemoval: () => Promise<void> = async () => undefined,
): Promise<Id> {
  const id = await addKey(repository, newPassword, signal, options);
  await beforeRemoval();
  await repository.backend.remove({ type: 'key', name: repository.keyId }, signal);
  return id;
}

async function keyIds(backend: Backend, signal: AbortSignal, hint?: Id): Promise<Id[]> {
  const ids: Id[] = [];
  for await (const { name } of backend.list('key', signal)) {
    if (name === hint) ids.unshift(name);
    else ids.push(name);
  }
  return ids;
}

async function readKey(backend: Backend, id: Id, signal: AbortSignal): Promise<KeyFile> {
  const bytes = await backend.read({ type: 'key', name: id }, signal);
  if (idOf(bytes) !== id) throw damagedKey(id, 'its content does not match its name');
  try {
    return parseKeyFile(bytes);
  } catch (error) {
    throw damagedKey(id, messageOf(error), error);
  }
}

/** The master key, or undefined if it is not this password's. */
async function openKey(file: KeyFile, id: Id, password: string): Promise<MasterKey | undefined> {
  checkCost(file, id);
  const userKey = await deriveKey(password, file.salt, file);
  let plain: Uint8Array;
  try {
    plain = open(userKey, file.data);
  } catch (error) {
    if (!isHoldfastError(error, 'corrupt')) throw error; // Holdfast's own parts are missing
    return undefined; // a wrong password and a forged MAC look the same
  }
  try {
    return parseMasterKey(plain);
  } catch (error) {
    throw damagedKey(id, messageOf(error), error);
  }
}

function checkCost({ N, r, p, salt, data }: KeyFile, id: Id): void {
  const sane =
    Number.isSafeInteger(N) && N > 1 && 2 ** Math.round(Math.log2(N)) === N && r >= 1 && p >= 1 && salt.length > 0;
  if (!sane) throw damagedKey(id, 'its scrypt parameters are no valid ones');
  if (128 * N * r > maxMemoryBytes || N * r * p > maxWork) {
    throw damagedKey(
      id,
      `its scrypt parameters (N ${N}, r ${r}, p ${p}) ask for more memory or time than any key needs`,
    );
  }
  if (data.length < 32) throw damagedKey(id, 'its data is too short');
}

function deriveKey(password: string, salt: Uint8Array, { N, r, p }: ScryptCost): Promise<MasterKey> {
  const maxmem = 128 * r * (N + p) + 1024 * 1024;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 64, { N, r, p, maxmem }, (error, bytes) => {
      if (error !== null) reject(error);
      else resolve({ encryption: bytes.subarray(0, 32), macK: bytes.subarray(32, 48), macR: bytes.subarray(48, 64) });
    });
  });
}

function damagedKey(id: Id, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('corrupt', `The key file ${id} is damaged: ${why}`, {
    context: { type: 'key', name: id },
    cause,
  });
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
