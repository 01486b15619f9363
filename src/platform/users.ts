/**
 * Names of users and groups by number, as restic writes them into nodes: '' where there is none.
 *
 * Reads /etc/passwd and /etc/group once; what is not there is asked of the name service (`getent` on Linux, `dscacheutil` on
 * macOS), each number once, each question at most two seconds, and none any more after one that took that long. Names are byte strings.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ByteString } from '../base/byte-string.ts';

const QUESTION_MS = 2000;

type Database = 'passwd' | 'group';

/** The name of a user, or ''. */
export function lookupUser(uid: number): ByteString {
  return lookup('passwd', uid);
}

/** The name of a group, or ''. */
export function lookupGroup(gid: number): ByteString {
  return lookup('group', gid);
}

const known: Record<Database, Map<number, ByteString> | undefined> = { passwd: undefined, group: undefined };
let serviceAnswers = process.platform === 'linux' || process.platform === 'darwin';

function lookup(database: Database, id: number): ByteString {
  known[database] ??= readDatabase(database);
  const names = known[database];
  let name = names.get(id);
  if (name === undefined) {
    name = askService(database, id);
    names.set(id, name);
  }
  return name;
}

function readDatabase(database: Database): Map<number, ByteString> {
  if (process.platform === 'win32') return new Map();
  try {
    return parseDatabase(readFileSync(`/etc/${database}`, 'latin1'));
  } catch {
    return new Map();
  }
}

/**
 * Numbers and names of a passwd(5) or group(5) file; the first of a number counts, as for the C library.
 * Comments and the NIS lines with `+` or `-` in front name no one.
 */
export function parseDatabase(text: ByteString): Map<number, ByteString> {
  const names = new Map<number, ByteString>();
  for (const line of text.split('\n')) {
    const [name = '', , number = ''] = line.split(':');
    if (name === '' || /^[#+-]/.test(name) || !/^\d+$/.test(number)) continue;
    const id = Number(number);
    if (!names.has(id)) names.set(id, name);
  }
  return names;
}

function askService(database: Database, id: number): ByteString {
  if (!serviceAnswers) return '';
  const started = performance.now();
  try {
    return process.platform === 'darwin' ? askMacos(database, id) : askGetent(database, id);
  } catch {
    if (performance.now() - started >= QUESTION_MS) serviceAnswers = false;
    return '';
  }
}

function askGetent(database: Database, id: number): ByteString {
  return parseDatabase(run('getent', [database, String(id)])).get(id) ?? '';
}

function askMacos(database: Database, id: number): ByteString {
  const [category, key] = database === 'passwd' ? ['user', 'uid'] : ['group', 'gid'];
  const answer = run('dscacheutil', ['-q', category, '-a', key, String(id)]);
  return /^name: (.*)$/m.exec(answer)?.[1] ?? '';
}

function run(program: string, args: readonly string[]): ByteString {
  return execFileSync(program, args, { encoding: 'latin1', timeout: QUESTION_MS, stdio: ['ignore', 'pipe', 'ignore'] });
}
