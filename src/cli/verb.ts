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
  readonly compression?: string;
  readonly packSize?: string;
  readonly retryLock?: string;
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
