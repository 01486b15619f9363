/** A folder of everything odd that a file system allows (promise 16): names, types, modes, times, links, attributes. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { seededRandom } from './random.ts';

export interface OddTreeOptions {
  /** Symlink targets that are no UTF-8: restic 0.14 cannot store them. Default false. */
  readonly oddLinkTargets?: boolean;
  /** Extended attributes of symlinks (root only): restic 0.14 does not store them. Default true. */
  readonly linkAttributes?: boolean;
  /** A socket, which no backup holds. Default false. */
  readonly socket?: boolean;
  /** Levels of nesting. Default 60. */
  readonly depth?: number;
}

const isRoot = process.getuid?.() === 0;

/** Names as bytes (one char a byte), each allowed on Linux. */
export const oddNames: readonly string[] = [
  '\xff\xfe', // no UTF-8
  'caf\xe9', // Latin-1
  '\x80', // a lone continuation byte
  '\xc0\xaf', // an overlong slash
  '\xed\xa0\x80', // a surrogate
  '\xf0\x9f\x98', // a cut-off emoji
  'a\xff"\\\n\xfe', // all at once
  'new\nline',
  '\n',
  'tab\tcr\rbell\x07esc\x1b[31m',
  '\x01\x02\x7f',
  'quote"double',
  "quote'single",
  'back\\slash',
  '\\x41\\u0041',
  '`$(touch pwned)`',
  '$HOME',
  '*',
  '?',
  '[a-z]',
  '{a,b}',
  '!negated',
  '#comment',
  '-rf',
  '--',
  ' leading and trailing ',
  '...',
  '. .',
  '~',
  '%41%2f%00',
  '<b>&amp;<img src=x>',
  'CON',
  'a:b|c',
  'trailing.',
  ...[
    '\u00e9 composed',
    'e\u0301 decomposed',
    '\u{1f600}',
    '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
    'line\u2028separator',
    'paragraph\u2029separator',
    'nbsp\u00a0',
    '\ufeffbom',
    'rtl\u202eexe.txt',
    '\u0085next line',
    'zero\u200bwidth',
    '\u3000ideographic',
    '\ufffd replacement',
    '\u{10ffff}',
    '\ue000 private',
    '\u00ad soft',
    '\u0378 unassigned',
    '日本語',
  ].map((name) => Buffer.from(name, 'utf8').toString('latin1')),
  'n'.repeat(255),
  `${Buffer.from('\u{1f600}'.repeat(63), 'utf8').toString('latin1')}abc`, // 255 bytes
  '\xff'.repeat(255),
];

/**
 * Fills `folder` (made if missing).
 *
 * @returns what this file system or user could not make, e.g. "device nodes"
 */
export function makeOddTree(folder: string, seed: number | string, options: OddTreeOptions = {}): string[] {
  const random = seededRandom(`odd ${seed}`);
  const skipped: string[] = [];
  const shell: string[] = [];
  const at = (path: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`, 'utf8'), Buffer.from(path, 'latin1')]);
  const dir = (path: string): void => void mkdirSync(at(path), { recursive: true });
  const file = (path: string, content: string | Uint8Array): void => writeFileSync(at(path), content);
  mkdirSync(folder, { recursive: true });

  dir('names');
  dir('folders');
  for (const [number, name] of oddNames.entries()) {
    file(`names/${name}`, random.bytes(random.integer(0, 300)));
    if (number % 3 === 0) {
      dir(`folders/${name}`);
      file(`folders/${name}/${name}`, `in ${number}`);
    }
  }

  dir('sizes');
  for (const size of [0, 1, 31, 32, 4096, 524_287, 524_288, 524_289, 1_048_577, 8_388_609]) {
    file(`sizes/${size}`, random.bytes(size));
  }
  const repeated = random.bytes(700_000);
  file('sizes/same-1', repeated);
  file('sizes/same-2', repeated);
  file('sizes/text', random.text(1_500_000));
  file('sizes/zeros', Buffer.alloc(3_000_000));

  dir('sparse');
  sparse(at('sparse/hole-in-the-middle'), 24 << 20, [0, 12 << 20], random.bytes(5000));
  sparse(at('sparse/ends-with-a-hole'), 5_000_001, [100], random.bytes(70_000));
  sparse(at('sparse/starts-with-a-hole'), (6 << 20) + 5000, [6 << 20], random.bytes(5000));
  sparse(at('sparse/all-hole'), 4 << 20, [], Buffer.alloc(0));

  dir('empty');
  dir('empty/folder/below/another');

  dir('links/sub');
  for (const name of ['links/one', 'links/alone']) file(name, `content of ${name}`);
  linkSync(at('links/one'), at('links/two'));
  linkSync(at('links/one'), at('links/sub/three'));
  file('links/empty-a', '');
  linkSync(at('links/empty-a'), at('links/empty-b'));

  dir('symlinks/folder');
  const targets: Record<string, string> = {
    relative: '../links/one',
    dangling: 'no/such/file',
    absolute: '/etc/hostname',
    'to-folder': 'folder',
    self: 'self',
    'loop-a': 'loop-b',
    'loop-b': 'loop-a',
    up: '../..',
    root: '/',
    long: 'x/'.repeat(2047),
    html: '<a>&b\u2028"\\'.replace('\u2028', '\xe2\x80\xa8'),
    control: 'new\nline\x01\x7f',
    emoji: '\xf0\x9f\x98\x80',
    ...(options.oddLinkTargets === true ? { 'no-utf8': 'caf\xe9/\xff' } : {}),
  };
  for (const [name, target] of Object.entries(targets)) {
    symlinkSync(Buffer.from(target, 'latin1'), at(`symlinks/${name}`));
  }
  symlinkSync('dangling', at('symlinks/linked-1'));
  linkSync(at('symlinks/linked-1'), at('symlinks/linked-2'));

  dir('modes');
  for (const mode of [0o000, 0o001, 0o400, 0o644, 0o755, 0o777, 0o4755, 0o2755, 0o6711, 0o1644]) {
    file(`modes/file-${mode.toString(8)}`, mode.toString(8));
    if (isRoot || (mode & 0o400) !== 0) chmodSync(at(`modes/file-${mode.toString(8)}`), mode);
    else skipped.push(`mode ${mode.toString(8)}`);
  }
  for (const mode of [0o500, 0o700, 0o1777, 0o2775, ...(isRoot ? [0o000] : [])]) {
    dir(`modes/folder-${mode.toString(8)}`);
    file(`modes/folder-${mode.toString(8)}/inside`, 'x');
    chmodSync(at(`modes/folder-${mode.toString(8)}`), mode);
  }
  if (isRoot) {
    dir('owners');
    file('owners/unknown', 'x');
    chownSync(at('owners/unknown'), 54_321, 12_345);
    file('owners/nobody', 'x');
    chownSync(at('owners/nobody'), 65_534, 65_534);
    symlinkSync('unknown', at('owners/link'));
    lchownSync(at('owners/link'), 54_321, 1);
  } else skipped.push('owners');

  dir('special');
  shell.push('mkfifo -m 640 special/fifo');
  if (isRoot) {
    shell.push(
      'mknod -m 600 special/char c 1 3',
      'mknod -m 660 special/block b 7 300',
      'mknod special/big c 511 70000',
    );
  } else skipped.push('device nodes');
  if (options.socket === true) makeSocket(`${folder}/special/socket`);

  let deep = 'deep';
  for (let level = 0; level < (options.depth ?? 60); level++) deep += `/${level % 7 === 0 ? '\xff' : 'd'}${level}`;
  dir(deep);
  file(`${deep}/bottom`, 'bottom');

  dir('times/folder');
  const times: Record<string, string> = {
    nanosecond: '1700000000.123456789',
    'one-ns': '1500000000.000000001',
    tenth: '1500000000.100000000',
    epoch: '0',
    'before-1970': '-86400.5',
    'year-1905': '-2050000000.000000007',
    'year-2038': '2147483648.999999999',
    'year-2400': '13569465600.25',
    folder: '1234567890.987654321',
    link: '1111111111.111111111',
  };
  for (const name of Object.keys(times)) if (name !== 'folder' && name !== 'link') file(`times/${name}`, name);
  symlinkSync('epoch', at('times/link'));
  file('xattrs', '');

  shell.push(
    'setfattr -n user.comment -v "plain text" xattrs',
    'setfattr -n user.binary -v 0x00ff0a22005c xattrs',
    'setfattr -n user.empty xattrs',
    "setfattr -n $'user.na\\xc3\\xafve' -v 0x01 xattrs",
    'setfattr -n user.on-folder -v "<&>" folders',
    `setfattr -n user.large -v 0x${random.bytes(2000).toString('hex')} sizes/1`,
    ...(isRoot && options.linkAttributes !== false ? ['setfattr -h -n trusted.on-link -v 0x01 symlinks/dangling'] : []),
  );
  for (const [name, time] of Object.entries(times)) shell.push(`touch -h -d @${time} times/${name}`);
  shell.push('touch -d @1234567890.5 empty/folder', 'touch -d @1234567891.5 empty');
  for (const line of shell) {
    const run = spawnSync('bash', ['-c', line], { cwd: folder, encoding: 'utf8' });
    if (run.status !== 0) skipped.push(`${line.slice(0, 80)}: ${run.stderr.trim()}`);
  }
  return skipped;
}

function sparse(path: Buffer, size: number, offsets: readonly number[], data: Buffer): void {
  const handle = openSync(path, 'w');
  ftruncateSync(handle, size);
  for (const offset of offsets) writeSync(handle, data, 0, data.length, offset);
  closeSync(handle);
}

/** Makes a socket that stays: its listener is killed before it can remove it. */
export function makeSocket(path: string): void {
  const script = "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
  spawnSync(process.execPath, ['-e', script, path]);
}
