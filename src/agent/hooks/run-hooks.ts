/**
 * Runs the hooks of a plan, one after the other.
 *
 *   before     a failure is told; one of a hook with `cancelOnFailure` ends the list, and the run is not done
 *   after      all of them run; failures are told, and never fail the job
 *   onFailure  the same
 *
 * Texts name the program only: arguments may be nobody else's business.
 */
import { homedir } from 'node:os';
import { basename } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../../base/errors.ts';
import type { Hook } from '../../config/plan.ts';
import { runUserProgram, type UserProgramResult } from '../../platform/run-user-program.ts';
import { type HookFacts, type HookStage, hookEnvironment } from './hook-environment.ts';

export interface HookOutcome {
  readonly stage: HookStage;
  /** The program's name, without its folder and arguments. */
  readonly program: string;
  /** Absent when it ended well, else a sentence: `The before-hook "dump" failed: exit code 3.` */
  readonly problem?: string;
  /** The end of what it printed. */
  readonly output: string;
}

export interface RunHooksOptions {
  readonly hooks: readonly Hook[];
  readonly facts: HookFacts;
  /** Each as it ends, for the job's log. */
  readonly onOutcome: (outcome: HookOutcome) => void;
  readonly clock?: Clock;
  /** Of the job before it; for hooks after a cancelled job give another one. */
  readonly signal: AbortSignal;
  /** The agent's own environment unless given. */
  readonly inherited?: Readonly<Record<string, string | undefined>>;
}

/**
 * @returns the outcome that cancels the run, if one does (of `before` only)
 * @throws `signal.reason` when cancelled, and nothing else
 */
export async function runHooks(stage: HookStage, options: RunHooksOptions): Promise<HookOutcome | undefined> {
  for (const hook of options.hooks) {
    const outcome = await runHook(stage, hook, options);
    options.onOutcome(outcome);
    if (stage === 'before' && hook.cancelOnFailure && outcome.problem !== undefined) return outcome;
  }
  return undefined;
}

/** The error of a run that a before-hook cancelled. */
export function cancelledByHook({ problem, program }: HookOutcome): HoldfastError {
  return new HoldfastError('conflict', `${problem ?? `The before-hook "${program}" failed.`} Nothing was backed up.`, {
    retry: 'backoff',
    hint: "The job's log shows what it printed. Put it right, or let the plan run in spite of it.",
    context: { program },
  });
}

async function runHook(stage: HookStage, hook: Hook, options: RunHooksOptions): Promise<HookOutcome> {
  const { facts, clock, signal, inherited = process.env } = options;
  const program = basename(hook.command[0] ?? '');
  const outcome = (problem: string | undefined, output: string): HookOutcome => ({
    stage,
    program,
    ...(problem === undefined ? {} : { problem: `The ${stageName(stage)}-hook "${program}" ${problem}` }),
    output,
  });
  try {
    const result = await runUserProgram({
      command: hook.command,
      timeoutMs: hook.timeoutSeconds * 1000,
      environment: hookEnvironment(stage, facts, inherited),
      workingFolder: homedir(),
      signal,
      ...(clock === undefined ? {} : { clock }),
    });
    return outcome(problemOf(result, hook), result.output);
  } catch (error) {
    signal.throwIfAborted();
    const hint = isHoldfastError(error) && error.hint !== undefined ? ` ${error.hint}` : '';
    return outcome(`could not be started: ${messageOf(error)}${hint}`, '');
  }
}

function problemOf({ timedOut, exitCode, exitSignal }: UserProgramResult, { timeoutSeconds }: Hook) {
  if (timedOut) return `was ended after ${timeoutSeconds} seconds.`;
  if (exitCode === 0) return undefined;
  return exitCode === undefined ? `was ended by ${exitSignal}.` : `failed: exit code ${exitCode}.`;
}

function stageName(stage: HookStage): string {
  return stage === 'onFailure' ? 'on-failure' : stage;
}
