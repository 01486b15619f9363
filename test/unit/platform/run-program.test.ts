import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../src/platform/run-program.ts';

const { signal } = new AbortController();

describe.skipIf(process.platform === 'win32')('runProgram', () => {
  it('gives back what it said and how it ended, in the C locale and without a shell', async () => {
    const script = 'console.log(process.env.LC_ALL, process.env.EXTRA, process.argv[1]); process.exitCode = 3';
    const options = { signal, environment: { EXTRA: 'x' } };
    const result = await runProgram(process.execPath, ['-e', script, '$HOME; "quoted"'], options);
    expect(result).toEqual({ code: 3, stdout: 'C x $HOME; "quoted"\n', stderr: '' });
  });

  it('says that a program is missing', async () => {
    expect(await runProgram('/no/such/program', [], { signal })).toMatchObject({ code: 'missing' });
    expect(await runProgram('holdfast-no-such-program', [], { signal })).toMatchObject({ code: 'missing' });
  });

  it('kills one that takes too long, even one that ignores being asked, and what holds its output open', async () => {
    const script = `process.on('SIGTERM', () => {}); console.log('started');
      require('child_process').spawn('sleep', ['60'], { stdio: 'inherit' }).unref(); setInterval(() => {}, 1000)`;
    const result = await runProgram(process.execPath, ['-e', script], { signal, timeoutMs: 500 });
    expect(result.code).toBe('killed');
  });

  it('rejects with the reason when cancelled', async () => {
    const cancel = new AbortController();
    const reason = new Error('stop');
    const running = runProgram('sleep', ['60'], { signal: cancel.signal });
    cancel.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(runProgram('true', [], { signal: cancel.signal })).rejects.toBe(reason);
  });
});
