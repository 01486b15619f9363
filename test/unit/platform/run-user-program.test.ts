import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { runUserProgram, type UserProgramOptions } from '../../../src/platform/run-user-program.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';

const unix = process.platform !== 'win32';
const signal = new AbortController().signal;
const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];
const sh = (script: string) => ['sh', '-c', script];
const run = (command: readonly string[], more: Partial<UserProgramOptions> = {}) =>
  runUserProgram({ command, timeoutMs: 60_000, signal, ...more });

describe('a program of the user', () => {
  it('gets its arguments as they are, and says how it ended', async () => {
    const nasty = ['$(touch /tmp/x)', '; false', 'a "b" \'c\'', '', 'ä\n*'];
    const result = await run(node('console.log(JSON.stringify(process.argv.slice(1)))', '--', ...nasty));
    expect(JSON.parse(result.output)).toEqual(nasty);
    expect(result).toMatchObject({ exitCode: 0, exitSignal: undefined, timedOut: false, isOutputCut: false });
    expect(await run(node('console.error("no"); process.exit(3)'))).toMatchObject({ exitCode: 3, output: 'no\n' });
  });

  it.skipIf(!unix)('tells of the signal that ended it', async () => {
    expect(await run(sh('kill -KILL $$'))).toMatchObject({
      exitCode: undefined,
      exitSignal: 'SIGKILL',
      timedOut: false,
    });
  });

  it('gets what is added to the environment, and not what is taken away', async () => {
    const script = 'console.log(process.env.HOLDFAST_TEST, process.env.PATH === undefined)';
    const result = await run(node(script), { environment: { HOLDFAST_TEST: 'här', PATH: undefined } });
    expect(result.output).toBe('här true\n');
  });

  it('cannot read anything', async () => {
    expect((await run(node('process.stdin.on("end", () => console.log("end")).resume()'))).output).toBe('end\n');
  });

  it('runs where it is told to', async () => {
    await using folder = await temporaryFolder();
    const { output } = await run(node('console.log(process.cwd())'), { workingFolder: folder.path });
    expect(output.trim()).toContain(folder.path.split(/[\\/]/).at(-1));
  });

  it('may print without end: the last 64 KiB are kept, in whole characters', async () => {
    const result = await run(node('for (let i = 0; i < 40000; i++) process.stdout.write("ääääää" + i + "\\n")'));
    expect(result.isOutputCut).toBe(true);
    expect(result.output.endsWith('39999\n')).toBe(true);
    expect(Buffer.byteLength(result.output)).toBeLessThanOrEqual(64 * 1024);
    expect(Buffer.byteLength(result.output)).toBeGreaterThan(63 * 1024);
    expect(result.output).not.toContain('\ufffd');
  });

  it.each([
    ['a name that is none', ['holdfast-no-such-program'], 'not-found'],
    ['nothing', [], 'invalid-input'],
    ['an empty name', [''], 'invalid-input'],
    ['a NUL in an argument', [process.execPath, 'a\0b'], 'invalid-input'],
  ])('%s is an error that says what to do', async (_, command, code) => {
    await expect(run(command)).rejects.toMatchObject({ code, hint: expect.any(String) });
  });

  it.skipIf(!unix)('a file that may not be run is one, too', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('script'), '#!/bin/sh\n', { mode: 0o644 });
    await expect(run([folder.at('script')])).rejects.toMatchObject({ code: 'permission' });
  });
});

describe.skipIf(!unix)('a program that does not end', () => {
  /** Prints to a file that it is up, with the pid of a child of its own. */
  const withChild = (folder: TemporaryFolder, rest: string) =>
    sh(`trap 'echo cleaning; exit 4' TERM; ${rest} sleep 1000 & echo $! > ${folder.at('pid.part')};
        mv ${folder.at('pid.part')} ${folder.at('pid')}; while :; do sleep 0.02; done`);

  it('is asked to end when its time is over, and may clean up', async () => {
    await using folder = await temporaryFolder();
    const clock = new FakeClock();
    // The time limit by hand, the rest as it is.
    const limited: Clock = { ...systemClock, sleep: (ms, on) => (ms === 7000 ? clock : systemClock).sleep(ms, on) };
    const running = run(withChild(folder, ''), { timeoutMs: 7000, clock: limited });
    const child = await pidIn(folder.at('pid'));
    await clock.advance(7000);
    expect(await running).toMatchObject({ timedOut: true, exitCode: 4, output: expect.stringContaining('cleaning\n') });
    await isGone(child);
  });

  it('is killed with all its children if it will not end', async () => {
    await using folder = await temporaryFolder();
    const clock = new FakeClock();
    const running = run(withChild(folder, `trap '' TERM;`), { timeoutMs: 7000, clock });
    const child = await pidIn(folder.at('pid'));
    await clock.advance(7000);
    let result: Awaited<typeof running> | undefined;
    void running.then((ended) => {
      result = ended;
    });
    while (result === undefined) await clock.advance(100);
    expect(result).toMatchObject({ timedOut: true, exitCode: undefined, exitSignal: 'SIGKILL' });
    await isGone(child);
  });

  it('ends when it is cancelled, children and all', async () => {
    await using folder = await temporaryFolder();
    const stop = new AbortController();
    const running = run(withChild(folder, `trap '' TERM;`), { signal: stop.signal });
    const child = await pidIn(folder.at('pid'));
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await isGone(child);
    await expect(run(sh('true'), { signal: stop.signal })).rejects.toThrow('enough');
  });

  it('is heard to the end of its output, when that comes soon after it', async () => {
    const clock = new FakeClock(); // "soon" never passes
    expect(await run(sh('(sleep 0.1; echo later) & echo left'), { clock })).toMatchObject({ output: 'left\nlater\n' });
  });

  it('is not waited for when another one started it and left', async () => {
    await using folder = await temporaryFolder();
    const result = await run(sh(`sleep 1000 & echo $! > ${folder.at('pid')}; echo left`));
    expect(result).toMatchObject({ exitCode: 0, output: 'left\n', timedOut: false });
    const child = await pidIn(folder.at('pid'));
    process.kill(child, 'SIGKILL'); // throws if it is gone
  });
});

async function pidIn(path: string): Promise<number> {
  while (!existsSync(path)) await delay(5);
  return Number(readFileSync(path, 'utf8'));
}

/** Ended; that nobody has asked for its exit code does not matter. Hangs (into the test's limit) if it goes on. */
async function isGone(pid: number): Promise<void> {
  for (;;) {
    try {
      if (/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return;
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(5);
  }
}
