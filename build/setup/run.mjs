/** Running a script under Node 24, or a program, with the terminal, the signals and the exit code passed through. */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodeBinary } from './install.mjs';
import { root } from './project.mjs';

/**
 * Runs it in this process when this is Node 24 already (npm puts node_modules/.bin first, so it is but for the first
 * time): no second start, and signals arrive where they belong. Returns undefined then: the script sets the exit code.
 */
export async function runHere(script, args, folder) {
  if (Number.parseInt(process.versions.node, 10) < 24) return runNode(script, args, folder);
  process.chdir(folder);
  process.argv = [process.execPath, script, ...args];
  await import(pathToFileURL(script).href);
  return undefined;
}

/** Runs it in a process of its own; resolves as `runProgram` does. */
export function runNode(script, args, folder) {
  const PATH = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`;
  return runProgram(nodeBinary, [script, ...args], folder, { ...process.env, PATH });
}

/** Resolves with its exit code (128 + n after signal n, as shells say). */
export function runProgram(program, args, folder, env) {
  const child = spawn(program, args, { cwd: folder, stdio: 'inherit', env });
  // From a terminal Ctrl-C reaches the child by itself, and twice would mean "at once".
  const onTerminal = process.stdin.isTTY === true;
  const forward = (signal) => {
    if (!(onTerminal && signal === 'SIGINT')) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + (signalNumbers[signal] ?? 0));
    });
  });
}

const signalNumbers = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};
