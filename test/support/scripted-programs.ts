/** Programs of a system that is not at hand: each command line has its answer, recorded or as documented. */
import type { ProgramResult, RunProgram } from '../../src/platform/run-program.ts';

export interface ScriptedPrograms {
  readonly run: RunProgram;
  /** The command lines that were run, words joined by spaces. */
  readonly ran: string[];
}

/** @param answers by the beginning of a command line: its output, or how it ended. What has none is missing. */
export function scriptedPrograms(answers: Readonly<Record<string, string | Partial<ProgramResult>>>): ScriptedPrograms {
  const ran: string[] = [];
  const run: RunProgram = async (file, args, { signal }) => {
    signal.throwIfAborted();
    const line = [file, ...args].join(' ');
    ran.push(line);
    const answer = Object.entries(answers).find(([start]) => line.startsWith(start))?.[1];
    if (answer === undefined) return { code: 'missing', stdout: '', stderr: '' };
    const result = typeof answer === 'string' ? { stdout: answer } : answer;
    return { code: 0, stdout: '', stderr: '', ...result };
  };
  return { run, ran };
}
