/** What a verb of the command line is. Each lives in commands/<verb>.ts and is loaded only when it is used. */
import type { Command } from 'commander';
import type { ByteString } from '../base/byte-string.ts';
import type { Output } from './output.ts';

/** What every verb gets. */
export interface Context {
  readonly globals: GlobalOptions;
  readonly output: Output;
  /** Where relative paths start. */
  readonly cwd: ByteString;
  /** Aborts at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** The options that every verb has; see program.ts. */
export interface GlobalOptions {
  readonly repo?: string;
  readonly repositoryFile?: string;
  readonly passwordFile?: string;
  readonly passwordCommand?: string;
  readonly keyHint?: string;
  readonly option?: readonly string[];
  readonly limitUpload?: string;
  readonly limitDownload?: string;
  readonly compression?: string;
  readonly packSize?: string;
  readonly retryLock?: string;
  /** False with --no-cache. */
  readonly cache: boolean;
  readonly cacheDir?: string;
  /** False with --no-lock. */
  readonly lock: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: number;
  readonly debug: boolean;
}

/**
 * A loaded verb: adds its arguments and options to `command`, and runs. `args` are the operands, `options` what
 * commander parsed; the verb knows the types from what it declared. Gives the exit code (0 if undefined).
 */
export interface VerbModule<Options = never> {
  configure(command: Command): void;
  run(context: Context, args: readonly string[], options: Options): Promise<number | undefined>;
}

/** What the table of verbs (verbs.ts) knows of a verb: enough for the help, and how to load it. */
export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  /** Which options it has besides its own: those of a repository, or only those of every verb. */
  readonly globals?: 'repository' | 'output';
  // biome-ignore lint/suspicious/noExplicitAny: each verb knows its own options
  readonly load: () => Promise<{ readonly verb: VerbModule<any> }>;
}

/** A verb whose first operand is an action (`plan add`); each is a verb of its own. */
export interface GroupEntry {
  readonly name: string;
  readonly summary: string;
  readonly actions: readonly VerbEntry[];
  /** The action that is meant where none is given. */
  readonly usual?: string;
}
