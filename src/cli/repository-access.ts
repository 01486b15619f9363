/**
 * Which repository a verb works on, and how its password is found.
 *
 * Location: -r, --repository-file, HOLDFAST_REPOSITORY(_FILE), RESTIC_REPOSITORY(_FILE), else the embedded default
 * repository in the user's data folder. Password: --password-file, --password-command, the environment (PASSWORD_FILE,
 * PASSWORD_COMMAND, PASSWORD: all of HOLDFAST_… before any of RESTIC_…), the kept one of the default repository, else
 * asked on a terminal.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SharedLimits } from '../backend/limits.ts';
import { openBackend } from '../backend/registry.ts';
import { HoldfastError } from '../base/errors.ts';
import { withoutLogin } from '../config/destination.ts';
import { defaultRepositoryId, repositorySecret } from '../config/repository.ts';
import { claimFolder } from '../platform/claim-folder.ts';
import { userFolders } from '../platform/folders.ts';
import { type SecretPlace, Secrets } from '../platform/secrets.ts';
import {
  type BackendPlace,
  type InitOptions,
  initKeptRepository,
  initRepository,
  openRepository,
  type Repository,
} from '../repository/mod.ts';
import { askPassword } from './ask-password.ts';
import { backendOptions } from './destination-input.ts';
import { givenPassword, programs, readLine, variable } from './given-password.ts';
import { parseCount } from './options.ts';
import { tellWaits } from './tell-waits.ts';
import type { Context, GlobalOptions } from './verb.ts';

const limits = new SharedLimits();
const secretName = repositorySecret(defaultRepositoryId);

export interface RepositoryPlace {
  readonly location: string;
  /** The embedded one: made at first use, its password kept for the user. */
  readonly isDefault: boolean;
}

/** Where a second repository is named (`copy`, `init --copy-…`): its options' values. */
export interface PlaceOptions {
  readonly repo?: string | undefined;
  readonly repositoryFile?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: string | undefined;
  /** The key to try first. */
  readonly keyHint?: string | undefined;
  /** Environment variables are <program>_<infix>REPOSITORY and so on; '' for the main one, 'FROM_' for a source. */
  readonly infix: string;
}

export function mainPlace(globals: GlobalOptions): PlaceOptions {
  const { repo, repositoryFile, passwordFile, passwordCommand } = globals;
  return { repo, repositoryFile, passwordFile, passwordCommand, infix: '' };
}

/** @throws `not-found` … for a repository file that cannot be read */
export function findRepository(options: PlaceOptions): RepositoryPlace | undefined {
  const named =
    options.repo ??
    (options.repositoryFile === undefined ? undefined : readLine(options.repositoryFile)) ??
    namedByEnvironment(options.infix);
  if (named === '') {
    throw new HoldfastError('invalid-input', 'The location of the repository is empty.', { hint: 'Give it with -r.' });
  }
  if (named !== undefined) return { location: named, isDefault: false };
  return options.infix === '' ? { location: join(userFolders().data, 'repository'), isDefault: true } : undefined;
}

/** Opens the repository of the command line. The default one is made where `make` says so and it is not there. */
export async function openFromContext(
  context: Context,
  options: { readonly make?: boolean } = {},
): Promise<Repository> {
  const { globals, signal } = context;
  const place = mainPlace(globals);
  const found = findRepository(place)!;
  if (found.isDefault && !existsSync(join(found.location, 'config'))) {
    if (options.make === true) return makeDefault(context, found.location);
    throw new HoldfastError('no-repository', `There is no default repository yet (it would be at ${found.location}).`, {
      hint: 'Back something up first (`holdfast backup DIR` makes it), or name a repository with -r.',
    });
  }
  const password = await findPassword(context, place, found);
  return openRepository({
    backend: openBackend(backendPlace(context, found.location)),
    password,
    signal,
    ...(globals.keyHint === undefined ? {} : { keyHint: globals.keyHint }),
  });
}

/** Makes a repository at a location. Throws as `initRepository`. */
export function makeRepository(
  context: Context,
  location: string,
  options: Omit<InitOptions, 'backend'>,
): Promise<Repository> {
  return initRepository({ ...options, backend: openBackend(backendPlace(context, location)) });
}

/** Opens a second repository, which `option` names. */
export async function openPlace(context: Context, options: PlaceOptions, option: string): Promise<Repository> {
  const place = findRepository(options);
  if (place === undefined) {
    throw new HoldfastError('invalid-input', 'The other repository is not named.', { hint: `Give ${option}.` });
  }
  const password = await findPassword(context, options, place);
  return openRepository({
    backend: openBackend(backendPlace(context, place.location)),
    password,
    signal: context.signal,
    ...(options.keyHint === undefined ? {} : { keyHint: options.keyHint }),
  });
}

/** The password for a repository that is there, or (with `confirm`) for one that is being made. */
export async function findPassword(
  context: Context,
  options: PlaceOptions,
  place: RepositoryPlace,
  confirm = false,
): Promise<string> {
  const { signal } = context;
  const given = await givenPassword(options, signal);
  const password = given ?? (place.isDefault ? await secrets().readSecret(secretName, signal) : undefined);
  if (password !== undefined) {
    if (password !== '') return password;
    throw new HoldfastError('invalid-input', 'The password is empty.', { hint: 'Give one that is not.' });
  }
  return askPassword({ prompt: `password for ${withoutLogin(place.location).location}: `, confirm, signal });
}

/** Keeps the default repository's password where it was kept when that was made. Other repositories: does nothing. */
export async function keepDefaultPassword(
  globals: GlobalOptions,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  if (findRepository(mainPlace(globals))?.isDefault === true) await secrets().storeSecret(secretName, password, signal);
}

async function makeDefault(context: Context, location: string): Promise<Repository> {
  const { signal } = context;
  mkdirSync(dirname(location), { recursive: true, mode: 0o700 });
  // Two that make it at once would each keep a password of their own, and one of them would be lost.
  await using _ = await claimFolder(`${location}.making`, { signal });
  if (existsSync(join(location, 'config'))) return await openFromContext(context);
  return await initDefault(context, location);
}

async function initDefault({ output, signal }: Context, location: string): Promise<Repository> {
  const kept = secrets();
  mkdirSync(location, { recursive: true, mode: 0o700 });
  const { repository, place } = await initKeptRepository({
    backend: openBackend(location),
    kept: {
      read: (during) => kept.readSecret(secretName, during),
      store: (password, during) => kept.storeSecret(secretName, password, during),
    },
    signal,
  });
  output.warn(
    `Made the default repository at ${location}; its password was generated and is in ${nameOf(place)}. Keep a copy of that password: without it the backups cannot be read.`,
  );
  return repository;
}

function backendPlace({ globals, output }: Context, location: string): BackendPlace {
  const cacheFolder = globals.cache ? repositoryCaches(globals.cacheDir) : undefined;
  const limits = limitsOf(globals);
  return {
    location,
    credentials: backendOptions(location, globals.option),
    waits: tellWaits(output),
    ...(cacheFolder === undefined ? {} : { cacheFolder }),
    ...(limits === undefined ? {} : { limits }),
  };
}

/** A folder that is named, and restic's, may hold other things as well. */
function repositoryCaches(named: string | undefined): string {
  const folder = named ?? (process.env.HOLDFAST_CACHE_DIR ? undefined : variable('RESTIC', '', 'CACHE_DIR'));
  return folder === undefined ? join(userFolders().cache, 'repositories') : join(resolve(folder), 'holdfast');
}

/** Of bandwidth, where any is asked for: for all that this process opens. */
function limitsOf({ limitUpload, limitDownload }: GlobalOptions): SharedArrayBuffer | undefined {
  if (limitUpload === undefined && limitDownload === undefined) return undefined;
  const rate = (option: string, text = '0') => parseCount(option, text) * 1024;
  limits.set({
    up: rate('--limit-upload', limitUpload),
    down: rate('--limit-download', limitDownload),
  });
  return limits.shared;
}

function nameOf(place: SecretPlace): string {
  if (place === 'keychain') return 'your keychain';
  const how = place === 'encrypted-file' ? 'encrypted under your passphrase' : 'a file that only you can read';
  return `${secretsFolder()} (no keychain here: ${how})`;
}

function secretsFolder(): string {
  return join(userFolders().config, 'secrets');
}

function secrets(): Secrets {
  return new Secrets({ folder: secretsFolder() });
}

function namedByEnvironment(infix: string): string | undefined {
  for (const program of programs) {
    const location = variable(program, infix, 'REPOSITORY');
    if (location !== undefined) return location;
    const file = variable(program, infix, 'REPOSITORY_FILE');
    if (file !== undefined) return readLine(file);
  }
  return undefined;
}
