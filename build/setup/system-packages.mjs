/**
 * The system programs that the tests use: installed where that can be done without asking (root on Debian or Ubuntu).
 * What is missing after that is a named skip, or a failure when CI=true (test/support/tools.ts decides).
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readState, say } from './project.mjs';

/**
 * Installs the Debian packages of the programs that are not there.
 *
 * @param lists JSON files: a package for each program
 */
export function ensureSystemPackages(lists = ['test/support/tools.json']) {
  const missing = missingPackages(lists);
  if (missing.length === 0 || process.getuid?.() !== 0 || !isOnPath('apt-get')) return;
  say(`Installing ${missing.join(' ')} …`);
  const install = () => aptGet(['install', '-y', '-qq', '--no-install-recommends', ...missing]);
  let result = install();
  if (result.status !== 0) {
    aptGet(['update', '-qq']);
    result = install();
  }
  if (result.status !== 0) say(`apt-get could not: ${(result.stderr ?? '').trim().split('\n').pop()}`);
}

function missingPackages(lists) {
  const packages = Object.assign({}, ...lists.map(readState));
  return [
    ...new Set(
      Object.keys(packages)
        .filter((program) => !isOnPath(program))
        .map((program) => packages[program]),
    ),
  ];
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function aptGet(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 10 * 60_000, maxBuffer: 64 << 20 });
}
