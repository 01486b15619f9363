/** This machine and process, as they are written into snapshots and locks. */
import { hostname, userInfo } from 'node:os';
import { systemCode } from '../base/errors.ts';

export interface HostIdentity {
  readonly hostname: string;
  readonly username: string;
  /** Absent on Windows. */
  readonly uid?: number;
  readonly gid?: number;
  readonly pid: number;
}

let identity: HostIdentity | undefined;

/** Asked once. A user without an entry in the user database is called by the number. */
export function hostIdentity(): HostIdentity {
  identity ??= readIdentity();
  return identity;
}

function readIdentity(): HostIdentity {
  const uid = process.geteuid?.();
  const gid = process.getegid?.();
  return {
    hostname: hostname(),
    username: username(uid),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    pid: process.pid,
  };
}

function username(uid: number | undefined): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? process.env.USERNAME ?? String(uid ?? '');
  }
}

/** Whether a process of that number runs on this machine, whoever it belongs to. */
export function isProcessAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
