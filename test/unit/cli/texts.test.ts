import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/base/errors.ts';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { countText, durationText, safeText, sizeText, tableText, timeText } from '../../../src/cli/format-text.ts';
import {
  collect,
  filterOf,
  packSizeBytes,
  parseBytes,
  parseChoice,
  parseCount,
  parseDurationMs,
} from '../../../src/cli/options.ts';
import { Output } from '../../../src/cli/output.ts';
import { parseDateNs } from '../../../src/cli/parse-date.ts';
import { splitWords } from '../../../src/platform/password-command.ts';
import { codeOf, messageFrom } from '../repository/test-repository.ts';
import { capture } from './capture.ts';

describe('texts', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.000 KiB'],
    [1536 * 1024, '1.500 MiB'],
    [2 ** 50 * 3, '3.000 PiB'],
    [2 ** 63, '8192.000 PiB'],
  ])('%d bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));

  it.each([
    [0, '0:00'],
    [-5, '0:00'],
    [59_600, '1:00'],
    [3_599_000, '59:59'],
    [3_723_000, '1:02:03'],
    [360_000_000, '100:00:00'],
  ])('%d ms are %s', (ms, text) => expect(durationText(ms)).toBe(text));

  it('counts, local times, and names that would play tricks', () => {
    expect([countText(0, 'file'), countText(1, 'file'), countText(2, 'file')]).toEqual([
      '0 files',
      '1 file',
      '2 files',
    ]);
    expect(timeText(new Date(2024, 1, 3, 4, 5, 6))).toBe('2024-02-03 04:05:06');
    expect(safeText('a\x1b[2J\n\x7f\x9bä')).toBe('a\\x1b[2J\\x0a\\x7f\\x9bä');
  });

  it('tables: columns as wide as they must be, some flush right, no trailing space', () => {
    expect(
      tableText(
        ['id', 'size'],
        [
          ['a', '1'],
          ['long', '1000000'],
        ],
        [1],
      ),
    ).toBe(['id       size', '-------------', 'a           1', 'long  1000000', '-------------'].join('\n'));
    expect(tableText(['x'], []).split('\n')).toEqual(['x', '-', '-']);
    const many = Array.from({ length: 200_000 }, () => ['x']);
    expect(tableText(['n'], many).length).toBeGreaterThan(400_000);
  });
});

describe('option values', () => {
  it.each([
    ['500', 500],
    ['16M', 16 * 2 ** 20],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['2kb', 2048],
    ['1t', 2 ** 40],
  ])('size %s', (text, bytes) => expect(parseBytes('--size', text)).toBe(bytes));

  it.each(['', 'x', '-1', '1.', '1e3', '5 Q', '1M2'])('no size: "%s"', async (text) => {
    expect(await messageFrom(() => parseBytes('--size', text))).toContain('--size');
    expect(await codeOf(() => parseBytes('--size', text))).toBe('invalid-input');
  });

  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['0.5s', 500],
  ])('time %s', (text, ms) => expect(parseDurationMs('--wait', text)).toBe(ms));

  it.each(['', '5', 'm', '5ms', '1h 2m', '-5m', '1d'])('no time: "%s"', async (text) => {
    expect(await codeOf(() => parseDurationMs('--wait', text))).toBe('invalid-input');
  });

  it('counts, pack sizes, choices, lists, filters', async () => {
    expect(parseCount('--n', '12')).toBe(12);
    for (const text of ['', '-1', '1.5', 'x'])
      expect(await codeOf(() => parseCount('--n', text))).toBe('invalid-input');
    expect([packSizeBytes('4'), packSizeBytes('128')]).toEqual([4 * 2 ** 20, 128 * 2 ** 20]);
    for (const text of ['3', '129', 'x']) expect(await codeOf(() => packSizeBytes(text))).toBe('invalid-input');
    expect(parseChoice('--c', 'b', ['a', 'b'])).toBe('b');
    expect(await codeOf(() => parseChoice('--c', 'x', ['a', 'b']))).toBe('invalid-input');
    expect(collect('b', collect('a', undefined))).toEqual(['a', 'b']);
    expect(filterOf({})).toEqual({});
    expect(filterOf({ host: ['h'], tag: ['a,b', 'c'], path: ['/p'] })).toEqual({
      hosts: ['h'],
      tags: [['a', 'b'], ['c']],
      paths: ['/p'],
    });
  });

  it.each([
    ['2024-02-29', new Date(2024, 1, 29).getTime()],
    ['2024-02-29 08:15', new Date(2024, 1, 29, 8, 15).getTime()],
    ['29.02.2024 08:15:30', new Date(2024, 1, 29, 8, 15, 30).getTime()],
    ['2024-02-29 08:15:00 +0130', Date.UTC(2024, 1, 29, 6, 45)],
    ['2024-02-29 08:15:00 -0130', Date.UTC(2024, 1, 29, 9, 45)],
  ])('date %s', (text, ms) => expect(parseDateNs('--newest', text)).toBe(BigInt(ms) * 1_000_000n));

  it.each(['', '2024', '2023-02-29', '2024-13-01', '2024-02-01 24:00', '2024-02-01T08:15', '1.2.2024'])(
    'no date: "%s"',
    async (text) => expect(await codeOf(() => parseDateNs('--newest', text))).toBe('invalid-input'),
  );

  it.each([
    ['pass show x', ['pass', 'show', 'x']],
    ['  a   b ', ['a', 'b']],
    [`say "two words" 'and $more' ""`, ['say', 'two words', 'and $more', '']],
    ['a\\ b "c\\"d" \'e\\f\'', ['a b', 'c"d', 'e\\f']],
    [`mix"ed 'up'"end`, ["mixed 'up'end"]],
    ['', []],
  ])('command words: %s', (text, words) => expect(splitWords(text)).toEqual(words));

  it('a quote without its end is no command', async () => {
    expect(await codeOf(() => splitWords('a "b'))).toBe('invalid-input');
  });
});

describe('exit codes', () => {
  it.each([
    ['cancelled', 130],
    ['locked', 11],
    ['no-repository', 10],
    ['source-missing', 4],
    ['wrong-password', 12],
    ['io', 1],
    ['internal', 1],
  ] as const)('%s: %i', (code, exit) => expect(exitCodeOf(new HoldfastError(code, 'x'))).toBe(exit));

  it('anything else is a failure', () => {
    expect([exitCodeOf(new Error('x')), exitCodeOf(undefined)]).toEqual([1, 1]);
  });
});

describe('output', () => {
  const every = (output: Output): void => {
    output.line('line');
    output.info('info');
    output.verbose('verbose');
    output.verbose('most', 3);
    output.object({ message_type: 'x' });
    output.warn('warn\x1b');
  };

  it.each([
    ['quiet', { verbosity: 0 }, 'line\n'],
    ['normal', { verbosity: 1 }, 'line\ninfo\n'],
    ['verbose', { verbosity: 2 }, 'line\ninfo\nverbose\n'],
    ['most verbose', { verbosity: 3 }, 'line\ninfo\nverbose\nmost\n'],
    ['json', { verbosity: 3, json: true }, '{"message_type":"x"}\n'],
  ])('%s', async (_, options, stdout) => {
    const seen = await capture(() => every(new Output({ json: false, debug: false, ...options })));
    expect(seen.stdout).toBe(stdout);
    expect(seen.stderr).toBe('warn\\x1b\n');
  });

  const error = new HoldfastError('locked', 'It is \x1blocked.', { hint: 'Wait\x1b.', cause: new Error('the cause') });

  it('a failure: what, and what to do; stacks only when asked for', async () => {
    const plain = await capture(() => new Output({ json: false, verbosity: 0, debug: false }).failure(error));
    expect(plain.stderr).toBe('holdfast: It is \\x1blocked.\n  Wait\\x1b.\n');
    expect(plain.stdout).toBe('');
    const debug = await capture(() => new Output({ json: false, verbosity: 0, debug: true }).failure(error));
    expect(debug.stderr).toMatch(/caused by: Error: the cause/);
    const other = await capture(() => new Output({ json: false, verbosity: 0, debug: false }).failure('text'));
    expect(other.stderr).toBe('holdfast: text\n');
  });

  it('a failure as JSON, for programs', async () => {
    const seen = await capture(() => new Output({ json: true, verbosity: 1, debug: false }).failure(error));
    expect(JSON.parse(seen.stderr)).toEqual({
      message_type: 'exit_error',
      code: 11,
      error_code: 'locked',
      message: 'It is \x1blocked.',
      hint: 'Wait\x1b.',
    });
    const bug = await capture(() => new Output({ json: true, verbosity: 1, debug: false }).failure(new Error('x')));
    expect(JSON.parse(bug.stderr)).toMatchObject({ code: 1, error_code: 'internal', message: 'x' });
  });

  it('a status line is cleared before other output and drawn after it', async () => {
    const output = new Output({ json: false, verbosity: 1, debug: false });
    const order: string[] = [];
    output.aroundLines = { clear: () => order.push('clear'), draw: () => order.push('draw') };
    await capture(() => output.warn('x'));
    expect(order).toEqual(['clear', 'draw']);
  });
});
