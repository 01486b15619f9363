/** Every line of the five documents is shown by a test: COVERAGE.md says by which, this checks that it is so. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coverageRows, lineProblems, openCells, sayingLines, testProblems } from '../../support/dialect-coverage.ts';
import { documentLines } from '../../support/dialect-fixtures.ts';
import { testTitles } from '../../support/test-titles.ts';

/** How many cells say `to be written`: the exact count, and 0 in the end. Each stands alone, so that changes don't meet. */
const stillOpen: Readonly<Record<string, number>> = {
  'organizations-2020.txt': 0,

  // ---
  'organizations-2018.txt': 0,

  // ---
  'fa.txt': 0,

  // ---
  'panel.txt': 0,

  // ---
  'stacks.txt': 0,
};

const testFolder = join(import.meta.dirname, '../..');
const rows = coverageRows(readFileSync(join(testFolder, 'fixtures/dialects/COVERAGE.md'), 'utf8'));
const files = readdirSync(testFolder, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.test.ts'),
);
const known = new Map<string, ReadonlySet<string> | undefined>();

function titlesOf(file: string): ReadonlySet<string> | undefined {
  if (!known.has(file)) {
    const [only, ...more] = files.filter((path) => basename(path) === file);
    const found = only !== undefined && more.length === 0;
    known.set(file, found ? testTitles(readFileSync(join(testFolder, only), 'utf8')) : undefined);
  }
  return known.get(file);
}

describe.each(Object.entries(stillOpen))('%s', (document, open) => {
  const here = rows.filter((row) => row.document === document);

  it('has every line that says something in exactly one row', () => {
    expect(here.length).toBeGreaterThan(10);
    expect(lineProblems(here, documentLines(document))).toEqual([]);
  });

  it('has only tests that are there, and one for every row', () => {
    expect(testProblems(here, titlesOf)).toEqual([]);
  });

  it('has as many open cells as are said to be', () => {
    expect(openCells(here)).toBe(open);
  });
});

it('has rows of known documents only', () => {
  expect(rows.filter((row) => !Object.hasOwn(stillOpen, row.document))).toEqual([]);
});

describe('the checks', () => {
  const document = [
    '# Title',
    '',
    '| Name | Type |',
    '| ---- | ---- |',
    '| id | integer |',
    '```json',
    '{',
    '  "a": 1',
    '}',
    '{}',
  ];
  const table = (...lines: string[]) =>
    coverageRows(['## x.txt', '| lines | what |', '| --- | --- |', ...lines].join('\n'));
  const titles = new Set(['lists']);
  const one = (file: string) => (file === 'x.test.ts' ? titles : undefined);

  it('know markup from what says something', () => {
    expect(sayingLines(document)).toEqual([1, 5, 8, 10]);
    expect(sayingLines(['{% tabs %}', '{% tab title="200 " %}', '---', '<aside class="notice">', '],', '...'])).toEqual(
      [2, 6],
    );
    expect(sayingLines(['Parameter | Required', '--------- | -------', 'id | true'])).toEqual([3]);
  });

  it('find a line in no row, in two, and none', () => {
    const whole = table('| 1–8 | all | x.test.ts › lists | – |', '| 10 | none | – | x.test.ts › lists |');
    expect(lineProblems(whole, document)).toEqual([]);
    expect(lineProblems(whole.slice(0, 1), document)).toEqual(['line 10 is in no row: {}']);
    const twice = table('| 1, 5 | one | – | – |', '| 5–10 | two | – | – |', '| 2–4, 12 | three | – | – |');
    expect(lineProblems(twice, document)).toEqual([
      'line 5 is in "one" and "two"',
      '"three" has no line that says something',
      'line 12 of "three" is not there',
    ]);
  });

  it('find tests and files that are not there, and rows without a test', () => {
    const planted = table(
      '| 1 | good | x.test.ts › lists | to be written › answers |',
      '| 2 | untested | – | – |',
      '| 3 | renamed | x.test.ts › lists<br>x.test.ts › gone | – |',
      '| 4 | moved | – | y.test.ts › lists |',
    );
    expect(testProblems(planted, one)).toEqual([
      '"untested" has no test',
      '"renamed": x.test.ts has no test "gone"',
      '"moved": no file y.test.ts, or several',
    ]);
    expect(openCells(planted)).toBe(1);
  });

  it('refuse a row of another form', () => {
    expect(() => table('| 1 | one | x.test.ts | – |')).toThrow('is not "file › title"');
    expect(() => table('| 1-2 | one | – | – |')).toThrow('is not a line');
    expect(() => table('| 7–2 | one | – | – |')).toThrow('backwards');
    expect(() => table('| 1 | one | – | – | more |')).toThrow('Not four cells');
  });

  it('read titles of tests, not of groups, comments or skipped tests', () => {
    const code = `
      describe('group', () => {
        it('one', () => {});
        test("it's two", async () => { await using a = b; });
        it.each([['x']])('three %s', () => {});
        it.skipIf(process.platform === 'win32')(\`four\`, () => {});
        it.skip('skipped', () => {});
        it.todo('planned');
        // it('commented', () => {});
      });
      describe.skip('off', () => it('inside', () => {}));
      describe.each([1])('group of %s', () => {});
    `;
    expect([...testTitles(code)]).toEqual(['one', "it's two", 'three %s', 'four']);
  });
});
