/**
 * dist/ from src/: `cli.js` (checks Node's version, nothing else), `main.js` with its chunks, and `<area>-worker.js`
 * for every src/<area>/worker/entry.ts (found by workerEntry in src/base/worker-url.ts). All files are flat in dist/, next
 * to the wasm kernels, so that a URL relative to any of them holds.
 *
 * Split by dynamic import: main.ts answers `--version` alone and imports the rest when there is more to do.
 *
 * dist/electron/ from electron/: `main.js` with its chunks, and `preload.cjs` (Electron's sandbox takes CommonJS in one file).
 */

import { existsSync, readdirSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const made = join(dist, '.made');

/** Native packages stay outside: they load files of their own folder. ssh2 tries its optional ones, and does without. */
const external = ['koffi', /^keytar(\/|$)/, /^@napi-rs\//, 'electron', 'cpu-features', /sshcrypto\.node$/];

try {
  await build();
  await publish();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  await rm(made, { recursive: true, force: true });
}

async function build() {
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { recursive: true });
  await bundle(entries(), { dir: made, format: 'esm', entryFileNames: '[name].js' });
  const shell = join(made, 'electron');
  await bundle({ main: join(root, 'electron/main.ts') }, { dir: shell, format: 'esm', entryFileNames: '[name].js' });
  await bundle(
    { preload: join(root, 'electron/preload.ts') },
    { dir: shell, format: 'cjs', entryFileNames: '[name].cjs' },
  );
  await copyFile(join(root, 'build/cli.js'), join(made, 'cli.js'));
  await chmod(join(made, 'cli.js'), 0o755);
}

async function bundle(input, output) {
  await using built = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    external,
    onLog(level, log, report) {
      if (level === 'warn') throw new Error(log.message);
      report(level, log);
    },
  });
  await built.write({ chunkFileNames: 'chunk-[name]-[hash].js', sourcemap: false, ...output });
}

function entries() {
  const found = { main: join(root, 'src/cli/main.ts'), 'agent-hosted': join(root, 'src/agent/hosted/entry.ts') };
  for (const area of readdirSync(join(root, 'src'))) {
    const entry = join(root, 'src', area, 'worker/entry.ts');
    if (existsSync(entry)) found[`${area}-worker`] = entry;
  }
  return found;
}

async function publish() {
  await publishFolder(join(made, 'electron'), join(dist, 'electron'));
  await publishFolder(made, dist);
}

/** Moves the new files over the old, chunks first, then removes chunks and workers that are no more. */
async function publishFolder(from, to) {
  await mkdir(to, { recursive: true });
  const fresh = (await readdir(from, { withFileTypes: true })).filter((file) => file.isFile()).map(({ name }) => name);
  const order = fresh
    .filter((name) => name.startsWith('chunk-'))
    .concat(fresh.filter((name) => !name.startsWith('chunk-')));
  for (const name of order) await rename(join(from, name), join(to, name));
  for (const name of await readdir(to)) {
    if (/^chunk-.*\.js$|-worker\.js$/.test(name) && !fresh.includes(name)) await rm(join(to, name));
  }
}
