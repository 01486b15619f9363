/**
 * What the command line says and where: results on standard output, everything else on standard error.
 *
 * With --json each result is one JSON object a line, with restic's `message_type` where restic has one. Texts of the
 * repository are made harmless for the terminal.
 */
import { isHoldfastError, messageOf } from '../base/errors.ts';
import { exitCodeOf } from './exit-codes.ts';
import { safeText } from './format-text.ts';

export interface OutputOptions {
  readonly json: boolean;
  /** 0 quiet, 1 normal, 2 and 3 more. */
  readonly verbosity: number;
  /** Show stack traces. */
  readonly debug: boolean;
}

export class Output {
  readonly json: boolean;
  readonly verbosity: number;
  readonly #debug: boolean;
  /** Clears and redraws a status line around other output; set by progress.ts. */
  aroundLines: { readonly clear: () => void; readonly draw: () => void } | undefined;

  constructor(options: OutputOptions) {
    this.json = options.json;
    this.verbosity = options.verbosity;
    this.#debug = options.debug;
  }

  /** A line of the result; not with --json. */
  line(text = ''): void {
    if (!this.json) this.#write(process.stdout, `${text}\n`);
  }

  /** A line of the result that --quiet leaves out. */
  info(text: string): void {
    if (this.verbosity >= 1) this.line(text);
  }

  /** A line for those who asked for more. */
  verbose(text: string, level = 2): void {
    if (this.verbosity >= level) this.line(text);
  }

  /** One JSON object of the result; only with --json. */
  object(value: unknown): void {
    if (this.json) this.#write(process.stdout, `${JSON.stringify(value)}\n`);
  }

  /** A line that is JSON already, with --json or without. */
  raw(line: string): void {
    this.#write(process.stdout, `${line}\n`);
  }

  /** Bytes of the result as they are. Waits where the reader is slower. */
  async bytes(bytes: Uint8Array): Promise<void> {
    const { stdout } = process;
    if (stdout.write(bytes) || stdout.errored !== null) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stdout.off('drain', done).off('error', done).off('close', done);
        resolve();
      };
      stdout.on('drain', done).on('error', done).on('close', done);
    });
  }

  /** Something that the user should know and that is no failure of the whole. */
  warn(text: string): void {
    this.#write(process.stderr, `${safeText(text)}\n`);
  }

  /** The error that ended the program: what, why, and what to do. */
  failure(error: unknown): void {
    const hint = isHoldfastError(error) ? error.hint : undefined;
    if (this.json) {
      const value = {
        message_type: 'exit_error',
        code: exitCodeOf(error),
        error_code: isHoldfastError(error) ? error.code : 'internal',
        message: messageOf(error),
        ...(hint === undefined ? {} : { hint }),
      };
      this.#write(process.stderr, `${JSON.stringify(value)}\n`);
    } else {
      this.#write(process.stderr, `holdfast: ${safeText(messageOf(error))}\n`);
      if (hint !== undefined) this.#write(process.stderr, `  ${safeText(hint)}\n`);
    }
    if (this.#debug && error instanceof Error) this.#write(process.stderr, `${stacks(error)}\n`);
  }

  #write(stream: NodeJS.WriteStream, text: string): void {
    this.aroundLines?.clear();
    stream.write(text);
    this.aroundLines?.draw();
  }
}

function stacks(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by: ${stacks(error.cause)}` : own;
}
