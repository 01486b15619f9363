/**
 * The port of a remote backup API: what every dialect can be asked, each in its own words.
 *
 * Guarantees, checked for each dialect: what an answer does not say is absent, never 0, "" or false; a listing is whole or throws,
 * so that a failed one is never taken for an empty one; nothing that changes something is sent twice unless the remote did surely
 * not get it; what a dialect cannot do is absent from its capabilities and throws `unsupported`.
 *
 * Errors are HoldfastErrors: `unauthenticated` and `permission` (the credential), `not-found`, `conflict` (the state does not allow
 * it), `invalid-input`, `too-many-requests`, `network`, `timeout`, `unsupported` (an answer that is not of this dialect, too). All
 * calls rethrow `signal.reason`.
 */ import type { Segment } from './http/fetch-segment.ts';
import type { Transport } from './http/transport.ts';

export const dialectNames = ['organizations', 'fa', 'panel', 'stacks'] as const;
export type DialectName = (typeof dialectNames)[number];

/** What can be asked for, beside `list`, `get`, `create` and `wait`, which all have. */
export const remoteActions = [
  'cancel',
  'cancelAll',
  'rename',
  'describe',
  'lock',
  'delete',
  'destroyRepository',
  'restore',
  'restoreStatus',
  'download',
  'import',
  'files',
] as const;
export type RemoteAction = (typeof remoteActions)[number];

/** What `create` takes, by name of the field of `CreateRemoteBackup`. */
export type CreateField = keyof CreateRemoteBackup;

export interface Capabilities {
  readonly actions: ReadonlySet<RemoteAction>;
  readonly createFields: ReadonlySet<CreateField>;
  /** The fields that `create` cannot do without. */
  readonly createNeeds: ReadonlySet<CreateField>;
  /** The remote can list what it holds; else only what was made from here is known. */
  readonly listsAll: boolean;
  /** How a restore can be asked for: into its own place, or a path of the remote's. */
  readonly restoreInto: 'place' | 'path' | undefined;
  /** `restore` can remove what is not in the backup. */
  readonly restoreTruncates: boolean;
}

export type RemoteState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'expired' | 'unknown';

/** A backup as the remote tells of it, in one form for all dialects. What it does not tell is absent. */
export interface RemoteBackup {
  /** As text, also where the remote counts. */
  readonly id: string;
  readonly state: RemoteState;
  readonly name?: string;
  readonly description?: string;
  /** Why it failed, in the remote's words. */
  readonly error?: string;
  /** ISO times. */
  readonly createdAt?: string;
  readonly completedAt?: string;
  /** Of its content. */
  readonly sizeBytes?: number;
  /** What it took of the store. */
  readonly storedBytes?: number;
  readonly files?: number;
  readonly versions?: number;
  /** With its currency, as the remote writes it. */
  readonly price?: string;
  readonly locked?: boolean;
  /** Of the archive that a download gives. */
  readonly checksum?: Checksum;
  readonly ignoredFiles?: readonly string[];
  /** What was backed up, where the remote says so: a path, or "mysql test-db". */
  readonly source?: string;
  /** `stacks`: the task that made it. */
  readonly group?: string;
  readonly restore?: RemoteRestoreState;
  readonly verify?: {
    readonly state: 'not-verified' | 'verifying' | 'verified' | 'failed' | 'unable';
    readonly message?: string;
  };
  /** False where the remote says that this credential may not change it. */
  readonly changeable?: boolean;
}

export interface Checksum {
  readonly algorithm: 'sha1' | 'sha256';
  readonly hex: string;
}

export interface CreateRemoteBackup {
  readonly name?: string;
  readonly description?: string;
  /** Patterns of .gitignore. */
  readonly ignored?: readonly string[];
  readonly locked?: boolean;
  /** `fa`: what to back up, below the remote's root. */
  readonly path?: string;
  /** `stacks`: mysql, postgresql, redis, mongodb; all unless given. */
  readonly databaseTypes?: readonly string[];
  /** Five fields of cron. */
  readonly frequency?: string;
  readonly keepCount?: number;
  readonly gzip?: boolean;
  readonly excludedTables?: readonly string[];
  readonly onReplica?: boolean;
}

export interface RemoteRestoreState {
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'unknown';
  readonly message?: string;
  /** Where it was restored to, as the remote says. */
  readonly target?: string;
  readonly sizeBytes?: number;
}

export interface RestoreRemoteBackup {
  /** Of the remote, where it takes one. */
  readonly target?: string;
  readonly truncate?: boolean;
}

/** A restore that was asked for; `id` where the remote gives one. */
export interface RemoteRestore {
  readonly backupId: string;
  readonly id?: string;
}

export interface ImportBackup {
  readonly group: string;
  readonly databaseType: string;
  readonly url: string;
}

export interface RemoteFile {
  readonly id: string;
  readonly name: string;
}

/** What `download` gives: for `downloadSegments` (http/download.ts). */
export interface RemoteDownload {
  /** A proposal, as the remote names it; not yet safe to use as it is. */
  readonly fileName: string;
  readonly segments: readonly Segment[];
  /** Of the client: what the segments are fetched by. */
  readonly transport: Transport;
  readonly checksum?: Checksum;
  readonly sizeBytes?: number;
}

export interface ListOptions {
  readonly group?: string;
  readonly databaseType?: string;
}

export interface Remote {
  readonly capabilities: Capabilities;
  /** Whether address, credential and scope are right: one cheap question. Gives a sentence for the user: "47 backups, may create". */
  test(signal: AbortSignal): Promise<string>;
  /** Page by page, newest first where the remote sorts so. */
  list(options: ListOptions, signal: AbortSignal): AsyncIterable<RemoteBackup>;
  /** @throws `not-found` */
  get(id: string, signal: AbortSignal): Promise<RemoteBackup>;
  /** The new backup as soon as the remote knows it; several where one order makes several (`stacks`: one a database). */
  create(order: CreateRemoteBackup, signal: AbortSignal): Promise<readonly RemoteBackup[]>;
  /** Until it is over, however it ends; `onChange` hears of each difference. */
  wait(
    id: string,
    options: { readonly onChange?: (backup: RemoteBackup) => void; readonly signal: AbortSignal },
  ): Promise<RemoteBackup>;
  cancel(id: string, signal: AbortSignal): Promise<void>;
  cancelAll(signal: AbortSignal): Promise<void>;
  /** Name and description. */
  update(
    id: string,
    change: { readonly name?: string; readonly description?: string },
    signal: AbortSignal,
  ): Promise<RemoteBackup>;
  setLocked(id: string, locked: boolean, signal: AbortSignal): Promise<RemoteBackup>;
  delete(id: string, signal: AbortSignal): Promise<void>;
  /** All backups and their data. */
  destroyRepository(signal: AbortSignal): Promise<void>;
  restore(id: string, order: RestoreRemoteBackup, signal: AbortSignal): Promise<RemoteRestore>;
  restoreStatus(restore: RemoteRestore, signal: AbortSignal): Promise<RemoteRestoreState>;
  files(id: string, signal: AbortSignal): Promise<readonly RemoteFile[]>;
  download(id: string, signal: AbortSignal): Promise<RemoteDownload>;
  /** The backup that it became, once the remote shows it. */
  import(order: ImportBackup, signal: AbortSignal): Promise<RemoteBackup>;
}

/**
 * What a client must remember between starts: `fa` has no list, so the ids that were used are known here only. Saved before an id is
 * used. JSON.
 */
export interface RemoteMemory {
  load(signal: AbortSignal): Promise<unknown>;
  save(value: unknown, signal: AbortSignal): Promise<void>;
}
