import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Output } from '../../../src/cli/output.ts';
import { Progress } from '../../../src/cli/progress.ts';
import { capture } from './capture.ts';

const state = { verb: 'saving', filesDone: 3, bytesDone: 512, bytesTotal: 1024, problems: 2, current: '/a/b\x1b' };

/** Makes standard error a terminal of that width, or none. */
function terminal(columns: number | undefined): void {
  Object.defineProperty(process.stderr, 'isTTY', { value: columns !== undefined, configurable: true });
  Object.defineProperty(process.stderr, 'columns', { value: columns, configurable: true });
}

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    Reflect.deleteProperty(process.stderr, 'isTTY');
    Reflect.deleteProperty(process.stderr, 'columns');
  });

  it('is a bar on a terminal, drawn a few times a second, and gone at the end', async () => {
    terminal(120);
    const output = new Output({ json: false, verbosity: 1, debug: false });
    const seen = await capture(() => {
      using progress = new Progress(output);
      vi.advanceTimersByTime(4000);
      for (let update = 0; update < 50; update++) progress.update(state);
      output.warn('between');
    });
    const drawn = seen.stderr.split('\r\x1b[K');
    expect(drawn[1]).toMatch(
      /^\[0:04\] {2}saving {2}\[={10} {10}\] {3}50\.0 % {2}3 files {2}512 B {2}128 B\/s {2}0:04 left {2}2 problems {2}/,
    );
    expect(drawn[1]).toContain('/a/b\\x1b');
    expect(drawn[2]).toBe('between\n');
    expect(drawn.at(-1)).toBe('');
    expect(drawn).toHaveLength(5);
    expect(output.aroundLines).toBeUndefined();
  });

  it.each([20, 40, 80])('never fills a line of %i columns', async (columns) => {
    terminal(columns);
    const output = new Output({ json: false, verbosity: 1, debug: false });
    const seen = await capture(() => {
      const progress = new Progress(output);
      vi.advanceTimersByTime(4000);
      progress.update({ ...state, current: 'x'.repeat(300) });
    });
    expect(seen.stderr.replace('\r\x1b[K', '').length).toBeLessThan(columns);
  });

  it('is a line every 10 s where there is no terminal', async () => {
    terminal(undefined);
    const output = new Output({ json: false, verbosity: 1, debug: false });
    const seen = await capture(() => {
      using progress = new Progress(output);
      for (let ms = 0; ms < 25_000; ms += 100) {
        vi.advanceTimersByTime(100);
        progress.update(state);
      }
    });
    const lines = seen.stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\[0:10\] {2}saving/);
    expect(seen.stderr).not.toContain('\x1b');
  });

  it('is a JSON line a second with --json, and nothing with --quiet', async () => {
    terminal(120);
    const run = (output: Output) =>
      capture(() => {
        using progress = new Progress(output);
        for (let ms = 0; ms < 3_500; ms += 100) {
          vi.advanceTimersByTime(100);
          progress.update({ ...state, itemsDone: 1 });
        }
      });
    const json = await run(new Output({ json: true, verbosity: 1, debug: false }));
    const lines = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatchObject({
      message_type: 'status',
      percent_done: 0.5,
      seconds_elapsed: 2,
      seconds_remaining: 2,
      files_done: 3,
      bytes_done: 512,
      total_bytes: 1024,
      error_count: 2,
    });
    expect(json.stderr).toBe('');
    expect(await run(new Output({ json: false, verbosity: 0, debug: false }))).toMatchObject({
      stdout: '',
      stderr: '',
    });
  });
});
