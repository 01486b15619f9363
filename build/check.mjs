/**
 * `npm run check`: types, lint, layers and dead code, at once. One line each; what a tool says only when it fails.
 * `node build/check.mjs [types|types-renderer|lint|layers|dead-code …]` runs some.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', name);

/** Each is a script for this Node. */
export const checks = {
  types: [bin('typescript/bin/tsc'), '--noEmit', '-p', '.'],
  'types-renderer': [bin('typescript/bin/tsc'), '--noEmit', '-p', 'renderer'],
  lint: [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '--max-diagnostics=50', '.'],
  layers: [join(root, 'build/layers/check.mjs')],
  'dead-code': [bin('knip/bin/knip.js'), '--no-progress'],
};

/** Runs them; returns how many passed and failed. */
export async function runChecks(names = Object.keys(checks)) {
  const passed = await Promise.all(names.map(runCheck));
  return { passed: passed.filter(Boolean).length, failed: passed.filter((is) => !is).length };
}

function runCheck(name) {
  const started = performance.now();
  const child = spawn(process.execPath, checks[name], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (text) => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(
        `${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n${code === 0 ? '' : `${output}\n`}`,
      );
      resolve(code === 0);
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => !Object.hasOwn(checks, name));
  if (unknown.length > 0) {
    process.stderr.write(`No such check: ${unknown.join(', ')}. There is: ${Object.keys(checks).join(', ')}.\n`);
    process.exitCode = 1;
  } else {
    const { failed } = await runChecks(chosen.length > 0 ? chosen : undefined);
    process.exitCode = failed === 0 ? 0 : 1;
  }
}
