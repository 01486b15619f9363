/**
 * Compares two folders byte for byte: names, types, modes, owners, times in nanoseconds, contents, symlink targets,
 * device numbers, hard-link groups, extended attributes, and (if asked) how much of a sparse file is allocated.
 * It shares no code with the engine: it is the judge.
 */
import { spawnSync } from 'node:child_process';
import { type BigIntStats, closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

export interface Mismatch {
  /** Path below the two roots, for display; '' is the root itself. */
  readonly path: string;
  readonly what:
    | 'missing'
    | 'unexpected'
    | 'type'
    | 'mode'
    | 'owner'
    | 'mtime'
    | 'size'
    | 'content'
    | 'target'
    | 'device'
    | 'links'
    | 'xattrs'
    | 'sparse';
  readonly a?: string;
  readonly b?: string;
}

export interface CompareOptions {
  /** False: leave out that aspect. All but `sparse` are on by default; owner needs root to be restored. */
  readonly owner?: boolean;
  readonly mode?: boolean;
  readonly mtime?: boolean;
  readonly xattrs?: boolean;
  readonly links?: boolean;
  /** True: a file with holes in `a` may take at most 64 KiB more on disk in `b`. */
  readonly sparse?: boolean;
  /** Paths (bytes as latin1, below the root) to leave out, with all below them. */
  readonly ignore?: (path: string) => boolean;
  /** Stops after this many. Default 100. */
  readonly limit?: number;
}

/** @returns what differs; empty means equal */
export function compareTrees(a: string, b: string, options: CompareOptions = {}): Mismatch[] {
  const found: Mismatch[] = [];
  const limit = options.limit ?? 100;
  const add = (path: string, what: Mismatch['what'], left?: unknown, right?: unknown): void => {
    if (found.length >= limit) return;
    found.push({
      path: display(path),
      what,
      ...(left === undefined ? {} : { a: String(left) }),
      ...(right === undefined ? {} : { b: String(right) }),
    });
  };
  const groupsA = new Map<string, string[]>();
  const groupsB = new Map<string, string[]>();

  const compareNode = (path: string, left: BigIntStats, right: BigIntStats): void => {
    const fullA = bytes(a, path);
    const fullB = bytes(b, path);
    const typeA = typeOf(left);
    if (typeA !== typeOf(right)) {
      add(path, 'type', typeA, typeOf(right));
      return;
    }
    if (options.mode !== false && typeA !== 'symlink' && left.mode !== right.mode) {
      add(path, 'mode', left.mode.toString(8), right.mode.toString(8));
    }
    if (options.owner !== false && (left.uid !== right.uid || left.gid !== right.gid)) {
      add(path, 'owner', `${left.uid}:${left.gid}`, `${right.uid}:${right.gid}`);
    }
    if (options.mtime !== false && left.mtimeNs !== right.mtimeNs) add(path, 'mtime', left.mtimeNs, right.mtimeNs);
    if (typeA === 'symlink') {
      const targetA = readlinkSync(fullA, 'latin1');
      const targetB = readlinkSync(fullB, 'latin1');
      if (targetA !== targetB) add(path, 'target', display(targetA), display(targetB));
    }
    if ((typeA === 'chardev' || typeA === 'dev') && left.rdev !== right.rdev) {
      add(path, 'device', left.rdev, right.rdev);
    }
    if (typeA === 'file') {
      if (left.size !== right.size) add(path, 'size', left.size, right.size);
      else compareContent(path, fullA, fullB, left, right);
    }
    if (typeA !== 'dir') {
      collect(groupsA, left, path);
      collect(groupsB, right, path);
    }
  };

  const compareContent = (path: string, fullA: Buffer, fullB: Buffer, left: BigIntStats, right: BigIntStats): void => {
    if (left.size > 0n && !(left.ino === right.ino && left.dev === right.dev)) {
      const at = firstDifference(fullA, fullB);
      if (at !== undefined) add(path, 'content', `differs at byte ${at}`);
    }
    const isSparse = left.blocks * 512n < left.size;
    if (options.sparse === true && isSparse && right.blocks * 512n > left.blocks * 512n + 65_536n) {
      add(path, 'sparse', `${left.blocks} blocks`, `${right.blocks} blocks`);
    }
  };

  const walk = (path: string): void => {
    if (found.length >= limit) return;
    const left = lstatSync(bytes(a, path), { bigint: true });
    const right = lstatSync(bytes(b, path), { bigint: true });
    compareNode(path, left, right);
    if (!left.isDirectory() || !right.isDirectory()) return;
    const namesA = new Set(readdirSync(bytes(a, path), 'latin1'));
    const namesB = new Set(readdirSync(bytes(b, path), 'latin1'));
    for (const name of [...namesA].sort()) {
      const child = path === '' ? name : `${path}/${name}`;
      if (options.ignore?.(child) === true) continue;
      if (namesB.has(name)) walk(child);
      else add(child, 'missing');
    }
    for (const name of namesB) {
      const child = path === '' ? name : `${path}/${name}`;
      if (!namesA.has(name) && options.ignore?.(child) !== true) add(child, 'unexpected');
    }
  };

  walk('');
  if (options.links !== false) compareGroups(groupsA, groupsB, add);
  if (options.xattrs !== false) compareXattrs(a, b, options, add);
  return found;
}

type Add = (path: string, what: Mismatch['what'], left?: unknown, right?: unknown) => void;

function compareGroups(a: Map<string, string[]>, b: Map<string, string[]>, add: Add): void {
  const partnersB = new Map<string, string>();
  for (const paths of b.values()) for (const path of paths) partnersB.set(path, paths.sort().join('\0'));
  for (const paths of a.values()) {
    const wanted = paths.sort().join('\0');
    const first = paths[0] ?? '';
    if (partnersB.has(first) && partnersB.get(first) !== wanted) {
      add(first, 'links', `${paths.length} names`, `${partnersB.get(first)?.split('\0').length} names`);
    }
  }
}

function compareXattrs(a: string, b: string, options: CompareOptions, add: Add): void {
  const left = xattrsOf(a);
  const right = xattrsOf(b);
  for (const path of new Set([...left.keys(), ...right.keys()])) {
    if (options.ignore?.(path) === true) continue;
    if (left.get(path) !== right.get(path))
      add(path, 'xattrs', left.get(path) ?? '(none)', right.get(path) ?? '(none)');
  }
}

/** Every path below the root that has extended attributes, with their sorted `name=0xhex` lines. */
function xattrsOf(root: string): Map<string, string> {
  const run = spawnSync('getfattr', ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', '--', root], {
    encoding: 'latin1',
    maxBuffer: 1 << 30,
  });
  const result = new Map<string, string>();
  for (const section of run.stdout.split('\n\n')) {
    const lines = section.split('\n').filter((line) => line !== '');
    const header = lines.shift();
    if (header === undefined || !header.startsWith('# file: ')) continue;
    const path = header
      .slice(8)
      .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    const below = path.slice(Buffer.from(root, 'utf8').toString('latin1').length).replace(/^\/+/, '');
    result.set(below, lines.sort().join(' '));
  }
  return result;
}

function collect(groups: Map<string, string[]>, stat: BigIntStats, path: string): void {
  const key = `${stat.dev}:${stat.ino}`;
  const paths = groups.get(key);
  if (paths === undefined) groups.set(key, [path]);
  else paths.push(path);
}

function firstDifference(a: Buffer, b: Buffer): number | undefined {
  const handleA = openSync(a, 'r');
  const handleB = openSync(b, 'r');
  try {
    const bufferA = Buffer.allocUnsafe(1 << 20);
    const bufferB = Buffer.allocUnsafe(1 << 20);
    for (let offset = 0; ; ) {
      const readA = readSync(handleA, bufferA, 0, bufferA.length, offset);
      const readB = readSync(handleB, bufferB, 0, bufferB.length, offset);
      const length = Math.min(readA, readB);
      if (bufferA.compare(bufferB, 0, length, 0, length) !== 0) {
        for (let i = 0; i < length; i++) if (bufferA[i] !== bufferB[i]) return offset + i;
      }
      if (readA !== readB) return offset + length;
      if (length === 0) return undefined;
      offset += length;
    }
  } finally {
    closeSync(handleA);
    closeSync(handleB);
  }
}

function typeOf(stat: BigIntStats): string {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'dir';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isFIFO()) return 'fifo';
  if (stat.isSocket()) return 'socket';
  return stat.isBlockDevice() ? 'dev' : 'chardev';
}

function bytes(root: string, path: string): Buffer {
  const start = Buffer.from(root, 'utf8');
  return path === '' ? start : Buffer.concat([start, Buffer.from(`/${path}`, 'latin1')]);
}

function display(path: string): string {
  return JSON.stringify(Buffer.from(path, 'latin1').toString('utf8')).slice(1, -1).slice(-300);
}
