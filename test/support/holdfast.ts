/**
 * Runs Holdfast's command line as a user would: its own process, its own empty home folder.
 *
 * HOLDFAST_TEST_COMMAND ("node dist/cli.js", or "restic" to try a suite itself against restic) replaces the unbuilt program.
 */
import { join } from 'node:path';
import { describeFailure, type ProcessOptions, type ProcessResult, runProcess } from './run-process.ts';

const top = join(import.meta.dirname, '..', '..');

/** The words that start the program, for strace, spawn and the like. */
export const holdfastCommand: readonly string[] = process.env.HOLDFAST_TEST_COMMAND?.split(' ') ?? [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  join(top, 'src', 'cli', 'main.ts'),
];

/** True when restic stands in for Holdfast: what restic 0.14 cannot do is then left out. */
export const isResticStandIn = holdfastCommand[0] === 'restic';

export interface HoldfastHome {
  /** The folder that is the user's home; caches, data and configuration end up in it. */
  readonly home: string;
  /** `-r`, if given. */
  readonly repository?: string;
  readonly password?: string;
  /** More of the environment: credentials of the repository's store. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The whole environment of the program: nothing of the developer's comes through but PATH, and what a run of the tests sets for all. */
export function holdfastEnvironment(home: HoldfastHome): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home.home,
    XDG_DATA_HOME: join(home.home, '.local', 'share'),
    XDG_CONFIG_HOME: join(home.home, '.config'),
    XDG_CACHE_HOME: join(home.home, '.cache'),
    XDG_STATE_HOME: join(home.home, '.local', 'state'),
    TMPDIR: process.env.TMPDIR ?? '/tmp',
    LANG: 'C.UTF-8',
    ...kept('TZ', 'NODE_COMPILE_CACHE'),
    ...(home.repository === undefined
      ? {}
      : { [isResticStandIn ? 'RESTIC_REPOSITORY' : 'HOLDFAST_REPOSITORY']: home.repository }),
    ...(home.password === undefined
      ? {}
      : { [isResticStandIn ? 'RESTIC_PASSWORD' : 'HOLDFAST_PASSWORD']: home.password }),
    ...home.environment,
  };
}

function kept(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** Runs it to its end; the exit code is the caller's to judge. */
export async function runHoldfast(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
  const [command, ...first] = holdfastCommand;
  if (command === undefined) throw new Error('HOLDFAST_TEST_COMMAND is empty');
  return runProcess(command, [...first, ...args], options);
}

/** One user with one repository. */
export class Holdfast {
  readonly home: HoldfastHome;
  readonly env: Record<string, string>;

  constructor(home: HoldfastHome) {
    this.home = home;
    this.env = holdfastEnvironment(home);
  }

  async run(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    return runHoldfast(args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Demands exit code 0. */
  async ok(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    const result = await this.run(args, options);
    if (result.code !== 0) throw new Error(describeFailure(`holdfast ${args.join(' ')}`, result));
    return result;
  }

  /** Demands exit code 0 and JSON: the lines of standard output, parsed. */
  async jsonLines(args: readonly string[], options: ProcessOptions = {}): Promise<JsonObject[]> {
    const result = await this.ok([...args, '--json'], options);
    return parseJsonLines(result.stdout);
  }

  /** Demands exit code 0 and one JSON value (an array for lists). */
  async json<T = unknown>(args: readonly string[], options: ProcessOptions = {}): Promise<T> {
    const result = await this.ok([...args, '--json'], options);
    return JSON.parse(isResticStandIn ? result.stdout || '[]' : result.stdout) as T;
  }

  /** Backs up and gives the summary line. */
  async backup(
    paths: readonly string[],
    args: readonly string[] = [],
    options: ProcessOptions = {},
  ): Promise<BackupSummary> {
    const lines = await this.jsonLines(['backup', ...args, ...paths], options);
    const summary = lines.find((line) => line.message_type === 'summary');
    if (summary === undefined) throw new Error(`no summary in ${JSON.stringify(lines).slice(0, 2000)}`);
    return summary as unknown as BackupSummary;
  }
}

export type JsonObject = Record<string, unknown>;

/** What `backup --json` ends with (restic's names). */
export interface BackupSummary {
  readonly snapshot_id: string;
  readonly files_new: number;
  readonly files_changed: number;
  readonly files_unmodified: number;
  readonly data_blobs: number;
  readonly tree_blobs: number;
  readonly data_added: number;
  readonly total_files_processed: number;
  readonly total_bytes_processed: number;
}

/** Every line must be a JSON object; the error shows the first that is not. */
export function parseJsonLines(text: string): JsonObject[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return JSON.parse(line) as JsonObject;
      } catch {
        throw new Error(`not a JSON line: ${line.slice(0, 300)}`);
      }
    });
}
