/**
 * Lock files (restic design.rst, Locks). The rules of locking are repository/locks.ts.
 */
import { jsonText } from './go-json.ts';
import { FieldReader, parseJsonObject } from './json-object.ts';

export interface LockFile {
  /** RFC 3339; when it was made or last refreshed. */
  readonly time: string;
  readonly exclusive: boolean;
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
  readonly uid?: number;
  readonly gid?: number;
}

const MAX_U32 = 0xffffffff;

/** Reads a decrypted lock file. Throws 'corrupt'. */
export function parseLock(bytes: Uint8Array): LockFile {
  const fields = new FieldReader(parseJsonObject(bytes, 'the lock file'), 'the lock file');
  const exclusive = fields.get('exclusive') ?? false;
  if (typeof exclusive !== 'boolean') throw fields.wrong('exclusive', 'true or false');
  const uid = fields.optionalInteger('uid', MAX_U32);
  const gid = fields.optionalInteger('gid', MAX_U32);
  return {
    time: fields.time('time'),
    exclusive,
    hostname: fields.optionalString('hostname') ?? '',
    username: fields.optionalString('username') ?? '',
    pid: fields.optionalInteger('pid', Number.MAX_SAFE_INTEGER) ?? 0,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
}

/** The JSON that restic writes for it. */
export function encodeLock(lock: LockFile): Uint8Array {
  const when = `"time":${jsonText(lock.time)},"exclusive":${lock.exclusive}`;
  const who = `"hostname":${jsonText(lock.hostname)},"username":${jsonText(lock.username)},"pid":${lock.pid}`;
  const owner = `${lock.uid ? `,"uid":${lock.uid}` : ''}${lock.gid ? `,"gid":${lock.gid}` : ''}`;
  return Buffer.from(`{${when},${who}${owner}}`, 'latin1');
}
