/** The real restic, judge of the format: a repository and what restic says of it. */
import { join } from 'node:path';
import { type BackupSummary, type JsonObject, parseJsonLines } from './holdfast.ts';
import { describeFailure, type ProcessOptions, type ProcessResult, runProcess } from './run-process.ts';

export interface ResticSnapshot {
  readonly id: string;
  readonly time: string;
  readonly tree: string;
  readonly paths: readonly string[];
  readonly parent?: string;
  /** The snapshot that it was made of. */
  readonly original?: string;
  readonly hostname?: string;
  readonly username?: string;
  readonly tags?: readonly string[];
}

export interface ResticTreeNode {
  readonly name: string;
  readonly type: string;
  readonly subtree?: string;
  readonly content?: readonly string[] | null;
  readonly [field: string]: unknown;
}

export class Restic {
  readonly repository: string;
  readonly password: string;
  readonly home: string;
  readonly #environment: Readonly<Record<string, string>>;

  /**
   * @param options.home an existing folder for its cache and configuration
   * @param options.environment more of it: credentials of the repository's store
   */
  constructor(options: {
    readonly repository: string;
    readonly password: string;
    readonly home: string;
    readonly environment?: Readonly<Record<string, string>>;
  }) {
    this.repository = options.repository;
    this.password = options.password;
    this.home = options.home;
    this.#environment = options.environment ?? {};
  }

  get env(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      HOME: this.home,
      XDG_CACHE_HOME: join(this.home, '.restic-cache'),
      RESTIC_REPOSITORY: this.repository,
      RESTIC_PASSWORD: this.password,
      LANG: 'C.UTF-8',
      ...(process.env.TZ === undefined ? {} : { TZ: process.env.TZ }),
      ...this.#environment,
    };
  }

  async run(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    return runProcess('restic', args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Demands exit code 0. */
  async ok(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    const result = await this.run(args, options);
    if (result.code !== 0) throw new Error(describeFailure(`restic ${args.join(' ')}`, result));
    return result;
  }

  async json<T = unknown>(args: readonly string[]): Promise<T> {
    // forget says nothing at all where no snapshot is concerned.
    return JSON.parse((await this.ok([...args, '--json'])).stdout || '[]') as T;
  }

  async jsonLines(args: readonly string[], options: ProcessOptions = {}): Promise<JsonObject[]> {
    return parseJsonLines((await this.ok([...args, '--json'], options)).stdout);
  }

  async init(version: 1 | 2 = 2): Promise<void> {
    await this.ok(['init', '--repository-version', String(version)]);
  }

  async backup(
    paths: readonly string[],
    args: readonly string[] = [],
    options: ProcessOptions = {},
  ): Promise<BackupSummary> {
    const lines = await this.jsonLines(['backup', ...args, ...paths], options);
    const summary = lines.find((line) => line.message_type === 'summary');
    if (summary === undefined) throw new Error('restic backup gave no summary');
    return summary as unknown as BackupSummary;
  }

  /** `check --read-data`, without its cache: exit code and text. With a missing pack it tries for minutes: give []. */
  async check(args: readonly string[] = ['--read-data']): Promise<ProcessResult> {
    return this.run(['check', '--no-cache', '--no-lock', ...args]);
  }

  async snapshots(): Promise<ResticSnapshot[]> {
    return this.json(['snapshots']);
  }

  async snapshot(id: string): Promise<ResticSnapshot> {
    const value = await this.json<ResticSnapshot>(['cat', 'snapshot', id]);
    return { ...value, id };
  }

  async tree(id: string): Promise<readonly ResticTreeNode[]> {
    const value = JSON.parse((await this.ok(['cat', 'blob', id])).stdout) as { nodes: ResticTreeNode[] };
    return value.nodes;
  }

  /** The raw text of a tree blob: what byte-identity is about. */
  async treeText(id: string): Promise<string> {
    return (await this.ok(['cat', 'blob', id], { encoding: 'latin1' })).stdout;
  }

  async restore(snapshot: string, target: string, args: readonly string[] = []): Promise<void> {
    await this.ok(['restore', snapshot, '--target', target, ...args]);
  }

  /** Names of every file of that kind. */
  async list(kind: 'blobs' | 'packs' | 'index' | 'snapshots' | 'keys' | 'locks'): Promise<string[]> {
    const { stdout } = await this.ok(['list', kind, '--no-lock']);
    return stdout.split('\n').filter((line) => /[0-9a-f]{64}/.test(line));
  }
}
