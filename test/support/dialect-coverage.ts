/** What test/fixtures/dialects/COVERAGE.md claims, and what is wrong with its claims. Its head tells the rules that are applied here. */

export interface CoverageRow {
  readonly document: string;
  /** From 1. */
  readonly lines: readonly number[];
  readonly says: string;
  readonly client: Cell;
  readonly server: Cell;
}

export type Cell =
  | { readonly kind: 'none' }
  | { readonly kind: 'open'; readonly title: string }
  | { readonly kind: 'tests'; readonly tests: readonly { readonly file: string; readonly title: string }[] };

/** @throws Error when a row is not as the head of the table says */
export function coverageRows(markdown: string): CoverageRow[] {
  const rows: CoverageRow[] = [];
  let document: string | undefined;
  for (const line of markdown.split('\n')) {
    document = /^## (\S+\.txt)$/.exec(line)?.[1] ?? document;
    if (document === undefined || !line.startsWith('|') || /^\| (lines|---) /.test(line)) continue;
    const [lines = '', says = '', client = '', server = '', ...more] = line.slice(1, -1).split('|');
    if (more.length > 0 || !line.endsWith('|')) throw new Error(`Not four cells: ${line}`);
    rows.push({ document, lines: lineNumbers(lines), says: says.trim(), client: cell(client), server: cell(server) });
  }
  return rows;
}

function lineNumbers(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const found = /^(\d+)(?:–(\d+))?$/.exec(part.trim());
    if (found === null) throw new Error(`"${part.trim()}" is not a line, nor a range as 3–7`);
    const [first, last] = [Number(found[1]), Number(found[2] ?? found[1])];
    if (last < first) throw new Error(`"${part.trim()}" runs backwards`);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function cell(text: string): Cell {
  if (text.trim() === '–') return { kind: 'none' };
  const parts = text.split('<br>').map((part) => part.trim().split(' › '));
  const tests = parts.map(([file = '', title = '', ...more]) => {
    if (title === '' || more.length > 0) throw new Error(`"${text.trim()}" is not "file › title"`);
    return { file, title };
  });
  if (tests[0]!.file === 'to be written' && tests.length === 1) return { kind: 'open', title: tests[0]!.title };
  return { kind: 'tests', tests };
}

/** The numbers of the lines that are not markup. */
export function sayingLines(lines: readonly string[]): number[] {
  return lines.flatMap((text, index) => (isMarkup(text, lines[index + 1] ?? '') ? [] : [index + 1]));
}

function isMarkup(text: string, next: string): boolean {
  return (
    text.trim() === '' ||
    /^```\w*$/.test(text) ||
    text === '---' ||
    isTableSeparator(text) ||
    (text.includes('|') && isTableSeparator(next)) ||
    /^\{% [\w-]+ %\}$/.test(text) ||
    (/^[\s{}[\],]*$/.test(text) && text.trim() !== '{}') ||
    /^<\/?aside[^>]*>$/.test(text)
  );
}

function isTableSeparator(text: string): boolean {
  return text.includes('|') && /^[\s|-]+$/.test(text) && text.includes('--');
}

/** Of one document: lines that no row has, that two have, or that are not there; rows of nothing but markup. */
export function lineProblems(rows: readonly CoverageRow[], document: readonly string[]): string[] {
  const saying = new Set(sayingLines(document));
  const seen = new Map<number, string>();
  const problems: string[] = [];
  for (const row of rows) {
    if (!row.lines.some((line) => saying.has(line))) problems.push(`"${row.says}" has no line that says something`);
    for (const line of row.lines) {
      if (line > document.length) problems.push(`line ${line} of "${row.says}" is not there`);
      if (!saying.has(line)) continue;
      const before = seen.get(line);
      if (before !== undefined) problems.push(`line ${line} is in "${before}" and "${row.says}"`);
      seen.set(line, row.says);
    }
  }
  const left = [...saying].filter((line) => !seen.has(line));
  return problems.concat(left.map((line) => `line ${line} is in no row: ${document[line - 1]}`));
}

/** @param titlesOf the tests of a file by its name; undefined where there is no such file, or more than one */
export function testProblems(
  rows: readonly CoverageRow[],
  titlesOf: (file: string) => ReadonlySet<string> | undefined,
): string[] {
  return rows.flatMap((row) => {
    if (row.client.kind === 'none' && row.server.kind === 'none') return [`"${row.says}" has no test`];
    const tests = [row.client, row.server].flatMap((one) => (one.kind === 'tests' ? one.tests : []));
    return tests.flatMap(({ file, title }) => {
      const titles = titlesOf(file);
      if (titles === undefined) return [`"${row.says}": no file ${file}, or several`];
      return titles.has(title) ? [] : [`"${row.says}": ${file} has no test "${title}"`];
    });
  });
}

export function openCells(rows: readonly CoverageRow[]): number {
  return rows.flatMap((row) => [row.client, row.server]).filter((one) => one.kind === 'open').length;
}
