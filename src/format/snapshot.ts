/**
 * Snapshot files (restic design.rst, Snapshots; restic internal/data/snapshot.go).
 */
import { jsonText, jsonValue } from './go-json.ts';
import type { Id } from './id.ts';
import { asObject, FieldReader, type JsonObject, parseJsonObject } from './json-object.ts';

/** Texts are Unicode here, not byte strings. */
export interface Snapshot {
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly parent?: Id;
  readonly tree: Id;
  readonly paths: readonly string[];
  readonly hostname?: string;
  readonly username?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly excludes?: readonly string[];
  readonly tags?: readonly string[];
  /** The snapshot that this one is a changed copy of. */
  readonly original?: Id;
  readonly programVersion?: string;
  readonly summary?: SnapshotSummary;
  /** Fields of later restic versions, kept. */
  readonly extra?: JsonObject;
}

/** What the backup did. Times RFC 3339, sizes in bytes. */
export interface SnapshotSummary {
  readonly backupStart: string;
  readonly backupEnd: string;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  readonly dirsNew: number;
  readonly dirsChanged: number;
  readonly dirsUnmodified: number;
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  readonly dataAdded: number;
  /** After compression and encryption. */
  readonly dataAddedPacked: number;
  readonly totalFilesProcessed: number;
  readonly totalBytesProcessed: number;
  readonly extra?: JsonObject;
}

const MAX_U32 = 0xffffffff;
const what = 'the snapshot';

/** Reads a decrypted snapshot file. Throws 'corrupt'. */
export function parseSnapshot(bytes: Uint8Array): Snapshot {
  const fields = new FieldReader(parseJsonObject(bytes, what), what);
  const summary = fields.get('summary');
  const excludes = fields.strings('excludes');
  const tags = fields.strings('tags');
  const snapshot = {
    time: fields.time('time'),
    parent: fields.optionalId('parent'),
    tree: fields.id('tree'),
    paths: fields.strings('paths'),
    hostname: fields.optionalString('hostname'),
    username: fields.optionalString('username'),
    uid: fields.optionalInteger('uid', MAX_U32),
    gid: fields.optionalInteger('gid', MAX_U32),
    excludes: excludes.length === 0 ? undefined : excludes,
    tags: tags.length === 0 ? undefined : tags,
    original: fields.optionalId('original'),
    programVersion: fields.optionalString('program_version'),
    summary: summary === undefined ? undefined : parseSummary(asObject(summary, `${what}'s summary`)),
    extra: fields.rest(),
  };
  return withoutUndefined(snapshot);
}

/** The JSON that restic writes for it: fields in its order, empty ones left out, unknown ones at the end. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const { summary } = snapshot;
  const fields = [
    `"time":${jsonText(snapshot.time)}`,
    snapshot.parent && `"parent":"${snapshot.parent}"`,
    `"tree":"${snapshot.tree}"`,
    `"paths":${jsonValue(snapshot.paths)}`,
    snapshot.hostname && `"hostname":${jsonText(snapshot.hostname)}`,
    snapshot.username && `"username":${jsonText(snapshot.username)}`,
    snapshot.uid && `"uid":${snapshot.uid}`,
    snapshot.gid && `"gid":${snapshot.gid}`,
    snapshot.excludes?.length && `"excludes":${jsonValue(snapshot.excludes)}`,
    snapshot.tags?.length && `"tags":${jsonValue(snapshot.tags)}`,
    snapshot.original && `"original":"${snapshot.original}"`,
    snapshot.programVersion && `"program_version":${jsonText(snapshot.programVersion)}`,
    summary && `"summary":${encodeSummary(summary)}`,
    ...extraFields(snapshot.extra),
  ];
  return Buffer.from(`{${fields.filter(Boolean).join(',')}}`, 'latin1');
}

const summaryTimes = [
  ['backupStart', 'backup_start'],
  ['backupEnd', 'backup_end'],
] as const;
const summaryCounts = [
  ['filesNew', 'files_new'],
  ['filesChanged', 'files_changed'],
  ['filesUnmodified', 'files_unmodified'],
  ['dirsNew', 'dirs_new'],
  ['dirsChanged', 'dirs_changed'],
  ['dirsUnmodified', 'dirs_unmodified'],
  ['dataBlobs', 'data_blobs'],
  ['treeBlobs', 'tree_blobs'],
  ['dataAdded', 'data_added'],
  ['dataAddedPacked', 'data_added_packed'],
  ['totalFilesProcessed', 'total_files_processed'],
  ['totalBytesProcessed', 'total_bytes_processed'],
] as const;

function parseSummary(object: JsonObject): SnapshotSummary {
  const fields = new FieldReader(object, `${what}'s summary`);
  const count = (name: string): number => fields.optionalInteger(name, Number.MAX_SAFE_INTEGER) ?? 0;
  const summary = {
    backupStart: fields.time('backup_start'),
    backupEnd: fields.time('backup_end'),
    filesNew: count('files_new'),
    filesChanged: count('files_changed'),
    filesUnmodified: count('files_unmodified'),
    dirsNew: count('dirs_new'),
    dirsChanged: count('dirs_changed'),
    dirsUnmodified: count('dirs_unmodified'),
    dataBlobs: count('data_blobs'),
    treeBlobs: count('tree_blobs'),
    dataAdded: count('data_added'),
    dataAddedPacked: count('data_added_packed'),
    totalFilesProcessed: count('total_files_processed'),
    totalBytesProcessed: count('total_bytes_processed'),
    extra: fields.rest(),
  };
  return withoutUndefined(summary);
}

function encodeSummary(summary: SnapshotSummary): string {
  const times = summaryTimes.map(([field, json]) => `"${json}":${jsonText(summary[field])}`);
  const counts = summaryCounts.map(([field, json]) => `"${json}":${summary[field]}`);
  return `{${[...times, ...counts, ...extraFields(summary.extra)].join(',')}}`;
}

function extraFields(extra: JsonObject | undefined): string[] {
  return Object.entries(extra ?? {}).map(([name, value]) => `${jsonText(name)}:${jsonValue(value)}`);
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without its undefined fields (exactOptionalPropertyTypes). */
function withoutUndefined<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
}
