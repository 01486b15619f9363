/**
 * A regular expression of a user's that cannot hold up the process: some take hours on an innocent name, and nothing but
 * the end of a script's time stops one that runs. So it runs as a script of its own, on many names at a time.
 */
import { type Context, createContext, Script } from 'node:vm';
import { HoldfastError, messageOf } from '../../../base/errors.ts';

/** For one call; a sane expression takes a few milliseconds for ten thousand names. */
const timeoutMs = 500;
const script = new Script('Array.from(names, (name) => expression.test(name))');

export class BoundedExpression {
  readonly #expression: RegExp;
  readonly #timeoutMs: number;
  readonly #context: Context;

  /** @throws `invalid-input` for one that is malformed */
  constructor(source: string, ignoreCase: boolean, limits: { readonly timeoutMs?: number } = {}) {
    this.#expression = compiled(source, ignoreCase ? 'i' : '');
    this.#timeoutMs = limits.timeoutMs ?? timeoutMs;
    this.#context = createContext({ names: [], expression: this.#expression });
  }

  /** Whether it is found in each text. @throws `invalid-input` where that takes too long */
  testAll(texts: readonly string[]): boolean[] {
    this.#context.names = texts;
    try {
      const tested: unknown = script.runInContext(this.#context, { timeout: this.#timeoutMs });
      return Array.from(tested as ArrayLike<unknown>, Boolean);
    } catch (error) {
      if (!isTimeout(error)) throw error;
      throw new HoldfastError('invalid-input', `The expression ${this.#expression} takes too long on some names.`, {
        hint: 'Nested repetitions like (a+)+ do that; write it without them.',
      });
    }
  }
}

/** It is an Error of the script's own realm, so no `instanceof` tells. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}

/** As Unicode; where that is too strict (it refuses needless escapes), as JavaScript took expressions before. */
function compiled(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    try {
      return new RegExp(source, flags);
    } catch (error) {
      throw new HoldfastError('invalid-input', `"${source}" is no regular expression: ${messageOf(error)}`, {
        hint: 'Characters like ( [ * + ? need a backslash in front of them to stand for themselves.',
      });
    }
  }
}
