/**
 * Compiles src/kernels/assembly to dist/kernels.wasm and dist/kernels-fallback.wasm (the same without relaxed SIMD, for
 * engines that lack it). Skips what is newer than every source. Plain JavaScript for any Node that the compiler runs on.
 */
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sources = join(root, 'src', 'kernels', 'assembly');
const outputs = [
  { file: 'kernels.wasm', features: ['simd', 'relaxed-simd'] },
  { file: 'kernels-fallback.wasm', features: ['simd'] },
];

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

const newestSourceMs = Math.max(
  modifiedMs(fileURLToPath(import.meta.url)),
  modifiedMs(sources),
  ...readdirSync(sources).map((name) => modifiedMs(join(sources, name))),
);
const stale = outputs.filter(({ file }) => modifiedMs(join(root, 'dist', file)) <= newestSourceMs);

if (stale.length > 0) {
  const { default: asc } = await import('assemblyscript/asc');
  mkdirSync(join(root, 'dist'), { recursive: true });
  for (const { file, features } of stale) {
    // Written aside and renamed, so that whoever loads it meanwhile sees a whole file.
    const partial = join('dist', `.${process.pid}.${file}`);
    const { error, stderr } = await asc.main([
      'src/kernels/assembly/index.ts',
      ...['--baseDir', root, '--outFile', partial, '--runtime', 'stub', '--importMemory', '--noAssert'],
      ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge'],
      ...features.flatMap((feature) => ['--enable', feature]),
    ]);
    if (error) {
      console.error(stderr.toString());
      console.error(`build:wasm: cannot compile ${file}: ${error.message}`);
      process.exit(1);
    }
    renameSync(join(root, partial), join(root, 'dist', file));
  }
  console.log(`build:wasm: wrote ${stale.map(({ file }) => `dist/${file}`).join(', ')}`);
}
