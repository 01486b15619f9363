import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../../src/platform/find-program.ts';
import {
  type Program,
  readProgram,
  runToEnd,
  type StreamProgramOptions,
} from '../../../src/platform/stream-program.ts';

const signal = new AbortController().signal;
const packages = { debian: 'some-package', homebrew: 'some-formula' };
const sh: Program = { names: ['sh'], packages };
const script = (text: string, more: Partial<StreamProgramOptions> = {}): StreamProgramOptions => ({
  program: sh,
  args: ['-c', text],
  signal,
  ...more,
});

/** Whether it runs; one that has ended and was not asked for yet does not. */
function runs(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

describe.skipIf(process.platform === 'win32')('a program that is read and fed', () => {
  it('gets its input and gives its output, as they are', async () => {
    const parts = Array.from({ length: 300 }, (_, n) => Buffer.alloc(10_007, n));
    const chunks: Uint8Array[] = [];
    for await (const chunk of readProgram(script('cat', { input: input(parts) }))) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(Buffer.concat(parts))).toBe(true);
  });

  it('is held up by who reads it', async () => {
    let fed = 0;
    async function* much(): AsyncGenerator<Uint8Array> {
      for (; fed < 1000; fed++) yield Buffer.alloc(1 << 16);
    }
    const output = readProgram(script('cat', { input: much() }));
    await output.next();
    for (let before = -1; before !== fed; ) {
      before = fed;
      await new Promise((resolve) => setTimeout(resolve, 100)); // until nothing moves any more
    }
    expect(fed).toBeLessThan(100);
    await output.return(undefined);
  });

  it('fails at its end, with its last words and without secrets', async () => {
    const seen: Uint8Array[] = [];
    const reading = (async () => {
      const text = 'echo part; for n in 1 2 3 4 5 6 7; do echo "line $n hush" >&2; done; exit 3';
      for await (const chunk of readProgram(script(text, { secrets: ['hush'] }))) seen.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'io',
      message: 'sh ended with exit code 3: line 3 ***\nline 4 ***\nline 5 ***\nline 6 ***\nline 7 ***',
    });
    expect(Buffer.concat(seen).toString()).toBe('part\n');
    await expect(runToEnd(script('kill -KILL $$'))).rejects.toThrow('sh was ended by SIGKILL');
    const explain = (stderr: string) =>
      stderr.includes('401') ? ({ code: 'unauthenticated', says: 'no', hint: 'Try it.' } as const) : undefined;
    await expect(runToEnd(script('echo 401 >&2; exit 1', { explain }))).rejects.toMatchObject({
      code: 'unauthenticated',
      hint: 'Try it.',
    });
  });

  it('never takes a part of its input for the whole', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('part');
      throw new Error('broken');
    }
    // It would end with success at the end of its input, and say so.
    const output: Uint8Array[] = [];
    const reading = (async () => {
      const text = 'cat >/dev/null; echo end of input';
      for await (const chunk of readProgram(script(text, { input: broken() }))) output.push(chunk);
    })();
    await expect(reading).rejects.toThrow('broken');
    expect(output).toEqual([]);
    const unread = runToEnd(
      script('exec <&-; exit 0', { input: input([Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)]) }),
    );
    await expect(unread).rejects.toThrow('did not read all of its input');
    const never: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    await expect(runToEnd(script('exit 4', { input: never }))).rejects.toThrow('exit code 4');
  });

  it.each(['trap "" TERM; ', ''])(
    'is gone within a second of a cancel, with all that it started (%s)',
    async (trap) => {
      const cancel = new AbortController();
      let pids: number[] = [];
      let cancelledAt = 0;
      const reading = (async () => {
        const text = `${trap}sleep 100 & echo $$ $!; cat >/dev/null; sleep 100`;
        const never: AsyncIterable<Uint8Array> = {
          [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
        };
        for await (const chunk of readProgram(script(text, { signal: cancel.signal, input: never }))) {
          pids = Buffer.from(chunk).toString().split(/\s+/).filter(Boolean).map(Number);
          cancelledAt = performance.now();
          cancel.abort(new Error('enough'));
        }
      })();
      await expect(reading).rejects.toThrow('enough');
      expect(performance.now() - cancelledAt).toBeLessThan(1500);
      expect(pids).toHaveLength(2);
      await expect.poll(() => pids.filter(runs)).toEqual([]);
    },
  );

  it('ends with its reader', async () => {
    let pid = 0;
    for await (const chunk of readProgram(script('echo $$; while echo more; do :; done'))) {
      pid = Number.parseInt(Buffer.from(chunk).toString(), 10);
      break;
    }
    await expect.poll(() => runs(pid)).toBe(false);
  });

  it('names the package of what is not installed', async () => {
    const missing: Program = { names: ['holdfast-no-such-program', 'holdfast-nor-this'], packages };
    await expect(runToEnd({ program: missing, args: [], signal })).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringMatching(/some-package .*some-formula/),
    });
    expect(findProgram(['holdfast-no-such-program', 'sh'])).toMatch(/\/sh$/);
  });

  it('is not started when it is cancelled already', async () => {
    await expect(runToEnd(script('true', { signal: AbortSignal.abort(new Error('no')) }))).rejects.toThrow('no');
  });
});

async function* input(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
