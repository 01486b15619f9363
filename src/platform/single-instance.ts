/**
 * One agent a profile: a lock of the operating system on `agent.lock` in the profile's folder, held while the process lives.
 *
 * Node has no file locks, but its SQLite does: BEGIN IMMEDIATE on an empty database takes one byte of the file (fcntl on Unix,
 * LockFileEx on Windows) that only one process can have. Nothing is ever written; the file stays empty.
 * - The system lets go of the lock when the process ends, however it ends: after SIGKILL or a power cut the next one gets it.
 * - What is left over means nothing: not the file, nor a process number, so a recycled one cannot mislead.
 * - Of any number that start at once exactly one gets it: nobody waits for readers (BEGIN EXCLUSIVE would, and then all may fail).
 *   The journal is kept in memory, as a left-over journal file would be looked at by all.
 *
 * On Unix a process loses such locks when it closes any other descriptor of the file: nothing else may open it.
 * Removing the file while an agent runs undoes the lock.
 */
import { closeSync, openSync, realpathSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fromSystemError, HoldfastError, systemCode } from '../base/errors.ts';
import { readAgentFile } from './agent-file.ts';
import { preparePrivateFolder } from './private-file.ts';

/** Held until disposed of, or until the process ends. */
export interface ProfileClaim extends Disposable {
  readonly folder: string;
}

/** Also keeps the databases from being collected as garbage, which would let go of the locks. */
const held = new Map<string, DatabaseSync>();

/**
 * Claims a profile (its folder is made when needed) for this process.
 *
 * @throws HoldfastError 'locked' if an agent has it; 'io' where the file system has no locks
 */
export async function claimProfile(folder: string, signal: AbortSignal): Promise<ProfileClaim> {
  signal.throwIfAborted();
  preparePrivateFolder(folder);
  const path = join(realpathSync(folder), 'agent.lock');
  if (held.has(path)) throw lockedError(folder);
  makeLockFile(path);
  const database = lock(path, folder);
  held.set(path, database);
  return {
    folder,
    [Symbol.dispose]: () => {
      if (held.get(path) !== database) return;
      held.delete(path);
      database.close();
    },
  };
}

/** Readable for its owner only. Opened only if it was not there: then nobody can hold it yet. */
function makeLockFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fromSystemError(error, `make ${path}`);
  }
}

/** SQLite's result codes. */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function lock(path: string, folder: string): DatabaseSync {
  try {
    return begin(path);
  } catch (error) {
    const code = resultCode(error);
    if (code === SQLITE_BUSY) throw lockedError(folder);
    if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) throw lockError(path, error);
  }
  // Somebody wrote into the file. Emptying it takes the lock from nobody: this process does not hold it.
  try {
    truncateSync(path, 0);
    return begin(path);
  } catch (error) {
    throw resultCode(error) === SQLITE_BUSY ? lockedError(folder) : lockError(path, error);
  }
}

function begin(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The primary one: the lower byte of the extended code. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

function lockedError(folder: string): HoldfastError {
  const pid = agentPid(folder);
  const who = pid === undefined ? '' : ` (process ${pid})`;
  return new HoldfastError('locked', `An agent${who} is already running for the profile in ${folder}.`, {
    hint: 'Use that one, or stop it first: holdfast agent stop',
    context: { folder, pid },
  });
}

function agentPid(folder: string): number | undefined {
  try {
    const file = readAgentFile(folder);
    return file.state === 'running' ? file.agent.pid : undefined;
  } catch {
    return undefined;
  }
}

function lockError(path: string, cause: unknown): unknown {
  if (resultCode(cause) === undefined) return fromSystemError(cause, `lock ${path}`);
  return new HoldfastError('io', `Cannot lock ${path}.`, {
    hint: 'The profile must be in a folder of a local disk that you may write to (HOLDFAST_CONFIG_DIR moves it).',
    cause,
  });
}
