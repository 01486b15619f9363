/**
 * Proves that the fixtures are what the documents say: every body is the document's text with the listed repairs put in and nothing else,
 * no repair is more than what makes it valid, and no documented example is left out.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type Dialect,
  dialects,
  documentBytes,
  documentLines,
  type Fixture,
  fixture,
  fixturesOf,
  requestPath,
} from '../../support/dialect-fixtures.ts';

/** The documents as they were given: a changed one proves nothing. */
const digests = {
  'organizations-2020.txt': '45bd9e61b6a7664754bd9c3083b22b6cdac3ede6c282e528366f5e4463e15f73',
  'organizations-2018.txt': 'd5ba45bb802bf4afb1e3cbcb389df78bbb9334c3c0cb34b170cf108be3cea61e',
  'fa.txt': 'a83d64f7c7ac23ffa24fc7fe26e8038c64288dc540a15fceeb565ecace62e162',
  'panel.txt': '3cd52118db29b44386694cacf11879f9953c711e86010f7b28724d5842080a51',
  'stacks.txt': '8d9e703c2c70dbe8d8f4c837220532e9dc8035fff26f38695e0253e126dfb850',
} as const;

type Repairs = Fixture['repairs'];

/** The document's text of these lines after the repairs. */
function repaired(document: string, [first, last]: readonly [number, number], repairs: Repairs): string {
  const lines = documentLines(document).slice(first - 1, last);
  for (const { line, find, put } of repairs) {
    const text = lines[line - first];
    if (text === undefined) continue;
    expect(text.split(find), `line ${line} has "${find}" once`).toHaveLength(2);
    lines[line - first] = text.replace(find, () => put);
  }
  return lines.join('\n');
}

function bodies(of: Fixture) {
  return [of.request, of.response].flatMap(({ bodyLines, body }) =>
    bodyLines === undefined ? [] : [{ bodyLines, body }],
  );
}

/** Its path as the document writes it. */
function documentedPath(of: Fixture): string {
  if (of.document === 'fa.txt') return requestPath(of);
  return of.request.path.replace(/\{(\w+)\}/g, of.document === 'panel.txt' ? ':$1' : '{$1}');
}

/** What is wrong with a transcription; nothing is. */
function mistakes(of: Fixture): string[] {
  const found: string[] = [];
  const says = (line: number, text: string) => {
    if (!documentLines(of.document)[line - 1]?.includes(text)) found.push(`line ${line} does not say ${text}`);
  };
  for (const { bodyLines, body } of bodies(of)) {
    const text = repaired(of.document, bodyLines, of.repairs);
    // As text, so that the order of fields counts too.
    if (JSON.stringify(JSON.parse(text)) !== JSON.stringify(body)) found.push(`the body is not lines ${bodyLines}`);
  }
  const { request, response } = of;
  says(request.line, request.described ?? documentedPath(of));
  const methodLine = documentLines(of.document)[request.line - 1]?.toUpperCase();
  if (request.described === undefined && !methodLine?.includes(request.method)) found.push(`not a ${request.method}`);
  for (const line of request.headerLines.concat(response.headerLines)) {
    const [name = '', value] = documentLines(of.document)[line - 1]!.split(': ');
    if ((request.headers[name] ?? response.headers[name]) !== value) found.push(`header ${name} is not line ${line}`);
  }
  if (response.textLine !== undefined && documentLines(of.document)[response.textLine - 1] !== response.text) {
    found.push(`the text is not line ${response.textLine}`);
  }
  if (response.statusLine !== undefined) says(response.statusLine, String(response.status));
  if (response.description !== undefined) says(response.statusLine ?? 0, response.description);
  for (const { line, name } of request.parameters) says(line, name);
  return found;
}

const everything = dialects.flatMap((dialect) =>
  fixturesOf(dialect).map((of) => ({ of, title: `${dialect}/${of.name}` })),
);

describe('the documents', () => {
  it.each(Object.entries(digests))('%s is as it was given', (document, digest) => {
    expect(createHash('sha256').update(documentBytes(document)).digest('hex')).toBe(digest);
  });
});

describe.each(everything)('$title', ({ of }) => {
  it('says what its document says', () => {
    expect(mistakes(of)).toEqual([]);
  });

  it('needs each of its repairs, and none is outside of its bodies', () => {
    for (const repair of of.repairs) {
      const [at, ...more] = bodies(of).filter(({ bodyLines: [a, b] }) => a <= repair.line && repair.line <= b);
      expect(more).toEqual([]);
      const others = of.repairs.filter((other) => other !== repair);
      expect(() => JSON.parse(repaired(of.document, at!.bodyLines, others))).toThrow(SyntaxError);
    }
  });

  it('repairs punctuation only, but for the numbers that the document leaves out', () => {
    const words = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '');
    for (const { find, put } of of.repairs) expect(words(put)).toBe(find === 'xxx' ? put : words(find));
  });

  it('has a sample in the document for every value but those that are chosen', () => {
    const { values, chosen, valueLines } = of.request;
    const text = valueLines.map((line) => documentLines(of.document)[line - 1]).join('\n');
    for (const [name, value] of Object.entries(values))
      if (!chosen.includes(name)) expect(text).toContain(String(value));
    expect(requestPath(of)).not.toMatch(/[{}]|undefined/);
  });

  it('has the types, needs and samples of the parameter tables', () => {
    for (const parameter of of.request.parameters) {
      const text = documentLines(of.document)[parameter.line - 1]!;
      if (of.document === 'stacks.txt') {
        const { name, required, type, sample } = parameter;
        expect(text).toMatch(new RegExp(`^${name} \\| ${required} \\| ${type} \\| `));
        expect(text.endsWith(`| \`${sample}\``)).toBe(true);
        expect(of.request.query[name] ?? String(of.request.values[name])).toBe(sample);
        if (parameter.options) expect(text.replaceAll(' ', '')).toContain(parameter.options.join(','));
      }
      if (of.document === 'panel.txt') {
        const cells = text.split('|').map((cell) => cell.trim());
        expect(cells.slice(1, 4)).toEqual([
          parameter.name,
          parameter.required ? 'required' : 'optional',
          parameter.type,
        ]);
      }
      if (of.document === 'organizations-2018.txt') {
        const { name, required, type } = parameter;
        expect(text).toContain(`name="${name}" type="${type}" required=${required}`);
      }
    }
  });
});

describe.each(Object.keys(digests))('%s', (document) => {
  const dialect = document.replace(/(-\d+)?\.txt$/, '') as Dialect;
  const here = fixturesOf(dialect).filter((of) => of.document === document);
  const numbered = documentLines(document).map((text, index) => ({ text, line: index + 1 }));

  it('has a fixture for every body', () => {
    const starts = here.flatMap((of) => bodies(of).map(({ bodyLines: [first] }) => first));
    const examples = numbered.filter(({ text }) => text.startsWith('{') && !/^\{%/.test(text));
    expect(examples.filter(({ line }) => !starts.includes(line))).toEqual([]);
  });

  it('has a fixture for every request and every status', () => {
    const told = here.flatMap((of) => [of.request.line, of.response.statusLine]);
    const patterns = {
      'organizations-2020.txt': /^<mark|tab title="\d/,
      'organizations-2018.txt': /api-method method=|httpCode=/,
      'fa.txt': /^(GET|POST|DELETE) |^# response body/,
      'panel.txt': /^### `|^\| [245]\d\d /,
      'stacks.txt': /^(GET|POST) |^HTTP/,
    } as const;
    const pattern = patterns[document as keyof typeof patterns];
    const all = numbered.filter(({ text }) => pattern.test(text));
    expect(all.length).toBeGreaterThan(5);
    expect(all.filter(({ line }) => !told.includes(line))).toEqual([]);
  });
});

describe('the checks', () => {
  const of = fixture('fa', 'backup-create');

  it.each([
    [
      'another value',
      { ...of, response: { ...of.response, body: { code: 2002, message: 'success' } } },
      'the body is not',
    ],
    [
      'another order',
      { ...of, response: { ...of.response, body: { message: 'success', code: 2001 } } },
      'the body is not',
    ],
    ['another status', { ...of, response: { ...of.response, status: 201 } }, 'does not say 201'],
    [
      'another path',
      { ...of, request: { ...of.request, path: '/fa/api/v0/backups' } },
      'does not say /fa/api/v0/backups',
    ],
    [
      'another header',
      { ...of, request: { ...of.request, headers: { Authorization: 'Token' } } },
      'header Authorization',
    ],
  ])('find %s', (_, planted, expected) => {
    expect(mistakes(planted).join()).toContain(expected);
  });

  it('names what there is, asked for a fixture that is not', () => {
    expect(() => fixture('fa', 'backup-new')).toThrow('restore-status-unknown');
  });
});
