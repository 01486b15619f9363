/** The programs that are measured: Holdfast and restic (same verbs and flags), borg, and tar with zstd. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './measure.ts';

export const PROJECT = join(import.meta.dirname, '..', '..');
const CLI = join(PROJECT, 'dist', 'cli.js');

export type ProgramName = 'restic' | 'holdfast';

export interface Program {
  readonly name: ProgramName;
  readonly version: string;
  /** One call on the repository in `home` (its password, cache and settings are there as well). */
  command(home: string, ...args: readonly string[]): Command;
}

/** The repository's folder in a program's home. */
export function repositoryIn(home: string): string {
  return join(home, 'repository');
}

/** Undefined if it is not installed. */
export function findRestic(): Program | undefined {
  const version = firstLine('restic', ['version']);
  if (version === undefined) return undefined;
  return {
    name: 'restic',
    version,
    command: (home, ...args) => ({
      file: 'restic',
      args: [...repositoryFlags(home), '--cache-dir', join(home, 'cache'), ...args],
      env: environment(home),
    }),
  };
}

/**
 * The build of this project (made first if it is missing), or whatever `words` start: another build, or restic.
 *
 * @throws Error if it cannot be built or does not start
 */
export function findHoldfast(words: readonly string[] = builtCommand()): Program {
  const [file = '', ...first] = words;
  const version = firstLine(file, [...first, 'version']);
  if (version === undefined) throw new Error(`${words.join(' ')} does not start.`);
  return {
    name: 'holdfast',
    version,
    command: (home, ...args) => ({
      file,
      args: [...first, ...repositoryFlags(home), ...args],
      env: environment(home),
    }),
  };
}

/** The agent of Holdfast, in a profile of its own below `home`. `words` as for `findHoldfast`. */
export function agentCommand(home: string, words: readonly string[] = builtCommand()): Command {
  const [file = '', ...first] = words;
  const profile = { HOLDFAST_DATA_DIR: join(home, 'data'), HOLDFAST_CONFIG_DIR: join(home, 'config') };
  return { file, args: [...first, 'agent', 'start', '--quiet'], env: { ...environment(home), ...profile } };
}

/** Any verb, with data and configuration below `home`. `words` as for `findHoldfast`. */
export function verbCommand(home: string, args: readonly string[], words: readonly string[] = builtCommand()): Command {
  const [file = '', ...first] = words;
  const profile = { HOLDFAST_DATA_DIR: join(home, 'data'), HOLDFAST_CONFIG_DIR: join(home, 'config') };
  return { file, args: [...first, ...args], env: { ...environment(home), ...profile } };
}

/** `holdfast server` on a free port, with all that it has below `home`. */
export function serverCommand(
  home: string,
  scopes: readonly Readonly<Record<string, unknown>>[],
  words: readonly string[] = builtCommand(),
): Command {
  const [file = '', ...first] = words;
  const config = join(home, 'server.json');
  writeFileSync(config, JSON.stringify({ version: 1, listen: { port: 0 }, scopes }));
  return {
    file,
    args: [...first, 'server', '--json', '--config', config, '--data', join(home, 'server')],
    env: environment(home),
  };
}

function builtCommand(): readonly string[] {
  if (!existsSync(CLI)) {
    const build = spawnSync(process.execPath, [join(PROJECT, 'build', 'setup.mjs'), 'build'], { stdio: 'inherit' });
    if (build.status !== 0 || !existsSync(CLI)) throw new Error('dist/cli.js is missing and could not be built.');
  }
  return [nodePath(), CLI];
}

export function makeHome(home: string): void {
  mkdirSync(home, { recursive: true });
  writeFileSync(passwordFile(home), 'bench\n');
}

/** One borg call: an own home, no questions, key in the repository. */
export function borg(home: string, ...args: readonly string[]): Command {
  const env = {
    ...environment(home),
    BORG_BASE_DIR: home,
    BORG_PASSPHRASE: 'bench',
    BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
  };
  return { file: 'borg', args, env };
}

/** Prints how many bytes the folder takes as one compressed archive. */
export function tarZstd(folder: string, home: string): Command {
  return { file: 'sh', args: ['-c', 'tar -cf - -C "$1" . | zstd -q -3 | wc -c', 'sh', folder], env: environment(home) };
}

export function isInstalled(file: string): boolean {
  return firstLine(file, ['--version']) !== undefined;
}

function repositoryFlags(home: string): string[] {
  return ['-r', repositoryIn(home), '--password-file', passwordFile(home)];
}

function passwordFile(home: string): string {
  return join(home, 'password');
}

function nodePath(): string {
  const own = join(PROJECT, 'node_modules', '.bin', 'node');
  return existsSync(own) ? own : process.execPath;
}

function environment(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    LANG: 'C.UTF-8',
    ...(process.env.TMPDIR === undefined ? {} : { TMPDIR: process.env.TMPDIR }),
    ...(process.env.TZ === undefined ? {} : { TZ: process.env.TZ }),
  };
}

function firstLine(file: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(file, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n')[0] : undefined;
}
