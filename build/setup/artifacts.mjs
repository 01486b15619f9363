/** What is built into dist/: the wasm kernels, the bundles, the window and the icons, each when its sources changed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exclusively } from './exclusive.mjs';
import { nodeBinary } from './install.mjs';
import { fingerprint, readState, root, SetupError, say, writeState } from './project.mjs';

const stateFile = 'dist/.built.json';
const assembly = 'src/kernels/assembly';
const common = ['package.json', 'package-lock.json'];

/** dist/kernels.wasm from src/kernels/assembly. */
export function buildWasm({ always }) {
  return buildPart('wasm', {
    always,
    script: 'build/wasm.mjs',
    saying: 'Building the WebAssembly kernels …',
    product: 'dist/kernels.wasm',
    key: () => fingerprint([assembly, 'build/wasm.mjs', ...common]),
  });
}

/** dist/cli.js, dist/main.js, their chunks, a worker per area, and the desktop shell. */
export function buildBundles({ always }) {
  return buildPart('bundles', {
    always,
    script: 'build/bundle.mjs',
    saying: 'Building Holdfast …',
    product: 'dist/cli.js',
    key: () =>
      fingerprint(['src', 'electron', 'build/bundle.mjs', 'build/cli.js', ...common], (path) => path === assembly),
  });
}

/** dist/renderer: the pages of the window. */
export function buildRenderer({ always }) {
  return buildPart('renderer', {
    always,
    script: 'build/renderer.mjs',
    saying: 'Building the window …',
    product: 'dist/renderer/index.html',
    key: () =>
      fingerprint([
        'renderer',
        'src/control',
        'src/config',
        'src/base',
        'src/jobs/job.ts',
        'build/renderer.mjs',
        ...common,
      ]),
  });
}

/** dist/icons: of the program and of the tray. */
export function buildIcons({ always }) {
  return buildPart('icons', {
    always,
    script: 'build/icons.mjs',
    saying: 'Drawing the icons …',
    product: 'dist/icons/icon.ico',
    key: () => fingerprint(['renderer/icon.svg', 'build/icons', 'build/icons.mjs', ...common]),
  });
}

async function buildPart(part, { always, script, saying, product, key }) {
  const isCurrent = () => readState(stateFile)[part] === key() && existsSync(join(root, product));
  if (!always && isCurrent()) return;
  await exclusively(async () => {
    if (!always && isCurrent()) return;
    say(saying);
    const before = key(); // a source that changes meanwhile is built again next time
    const result = spawnSync(nodeBinary, [join(root, script)], { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
    if (result.status !== 0) throw new SetupError(`${script} failed:\n${result.stdout ?? ''}${result.stderr ?? ''}`);
    writeState(stateFile, { ...readState(stateFile), [part]: before });
  });
}
