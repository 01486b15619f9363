/**
 * The real programs that tests use. One that is not installed is a failure when CI=true, and a named skip elsewhere:
 *
 *     const restic = requireTool('restic');
 *     describe.skipIf(restic === undefined)('against restic', …)
 *
 * `npm test` installs them where it may (build/setup/system-packages.mjs reads the same list), `npm run test:ceph` those of Ceph as well.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import usual from './tools.json' with { type: 'json' };
import ofCeph from './tools-ceph.json' with { type: 'json' };

const packages = { ...usual, ...ofCeph };

/** A program by the name that it is called by. */
export type Tool = keyof typeof packages;

interface Surroundings {
  readonly PATH?: string | undefined;
  readonly CI?: string | undefined;
}

/**
 * The program's absolute path, or undefined where it is not installed (said once on stderr).
 *
 * @throws Error when CI=true: there, nothing is skipped
 */
export function requireTool(name: Tool, surroundings: Surroundings = process.env): string | undefined {
  const found = (surroundings.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (found !== undefined) return found;
  const says = `${name} is not installed (Debian package ${packages[name]})`;
  if (surroundings.CI === 'true') throw new Error(`${says}, and CI=true: nothing is skipped there.`);
  process.stderr.write(`skipped: ${says}\n`);
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
