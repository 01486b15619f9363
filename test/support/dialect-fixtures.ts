/**
 * The documented exchanges of the four remote backup APIs: one file each in test/fixtures/dialects/<dialect>/, transcribed from the
 * documents beside them. test/unit/support/dialect-fixtures.test.ts proves that they say what the documents say.
 *
 * Tests of clients and of servers both compare with these, so that one misreading cannot hide on both sides.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const dialects = ['organizations', 'fa', 'panel', 'stacks'] as const;
export type Dialect = (typeof dialects)[number];

const folder = join(import.meta.dirname, '../fixtures/dialects');

/** First and last line, from 1. */
const range = z.tuple([z.int().positive(), z.int().positive()]);
const line = z.int().positive();

/** What the document's tables say of one value of the request; `options` are the only ones, of a comma separated list if `list`. */
const parameterSchema = z.strictObject({
  line,
  in: z.enum(['path', 'query', 'header', 'body']),
  name: z.string(),
  required: z.boolean(),
  type: z.enum(['string', 'integer', 'boolean']),
  sample: z.string().optional(),
  options: z.array(z.string()).optional(),
  list: z.boolean().optional(),
});

const requestSchema = z.strictObject({
  line,
  /** Where the document names the request by a title instead of a path. */
  described: z.string().optional(),
  method: z.enum(['GET', 'POST', 'PATCH', 'DELETE']),
  path: z.string().startsWith('/'),
  values: z.record(z.string(), z.union([z.string(), z.int()])),
  /** Values that are the only ones which this exchange is documented for; the others are samples. */
  fixed: z.array(z.string()),
  /** Values that the document has no sample of. */
  chosen: z.array(z.string()).default([]),
  valueLines: z.array(line),
  headers: z.record(z.string(), z.string()).default({}),
  headerLines: z.array(line).default([]),
  parameters: z.array(parameterSchema).default([]),
  query: z.record(z.string(), z.string()).default({}),
  bodyLines: range.optional(),
  body: z.json().optional(),
});

const responseSchema = z.strictObject({
  status: z.int(),
  /** None where the document says nothing of the answer. */
  statusLine: line.optional(),
  headers: z.record(z.string(), z.string()).default({}),
  headerLines: z.array(line).default([]),
  bodyLines: range.optional(),
  body: z.json().optional(),
  textLine: line.optional(),
  text: z.string().optional(),
  /** Words of a status table, of an answer that the document shows no body of … */
  description: z.string().optional(),
  /** … and the body that the product sends then. */
  productBody: z.json().optional(),
});

const fixtureSchema = z.strictObject({
  document: z.enum(['organizations-2018.txt', 'organizations-2020.txt', 'fa.txt', 'panel.txt', 'stacks.txt']),
  lines: range,
  /** Replacements without which the examples are not valid JSON: all that a body differs in from its document. */
  repairs: z.array(z.strictObject({ line, find: z.string(), put: z.string(), why: z.string() })),
  /** What is understood in a way that the bare text does not say. */
  readings: z.array(z.string()),
  request: requestSchema,
  response: responseSchema,
});

export type Fixture = Readonly<z.infer<typeof fixtureSchema>> & { readonly dialect: Dialect; readonly name: string };
export type Parameter = z.infer<typeof parameterSchema>;
export type Json = z.infer<ReturnType<typeof z.json>>;

/** One documented exchange. @throws Error that lists the dialect's names, when there is none of this name */
export function fixture(dialect: Dialect, name: string): Fixture {
  const all = fixturesOf(dialect);
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new Error(`No fixture ${dialect}/${name}. There are: ${all.map((one) => one.name).join(', ')}.`);
}

const loaded = new Map<Dialect, readonly Fixture[]>();

/** All of a dialect, the newer document's first, as they stand in it; the good answer of a request before its errors. */
export function fixturesOf(dialect: Dialect): readonly Fixture[] {
  const before = loaded.get(dialect);
  if (before !== undefined) return before;
  const all = readdirSync(join(folder, dialect))
    .filter((file) => file.endsWith('.json'))
    .map((file): Fixture => {
      const parsed = fixtureSchema.parse(JSON.parse(readFileSync(join(folder, dialect, file), 'utf8')));
      return { ...parsed, dialect, name: file.slice(0, -'.json'.length) };
    })
    .sort((a, b) => {
      if (a.document !== b.document) return a.document < b.document ? 1 : -1;
      return a.lines[0] - b.lines[0] || a.response.status - b.response.status || a.lines[1] - b.lines[1];
    });
  loaded.set(dialect, all);
  return all;
}

/** Its path with the sample values, or others: `requestPath(fixture('fa', 'backup-status'), { id: 7 })`. */
export function requestPath(of: Fixture, values: Readonly<Record<string, string | number>> = {}): string {
  const all: Readonly<Record<string, string | number>> = { ...of.request.values, ...values };
  return of.request.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(all[name])));
}

/** The body that the answer has: the document's, or the product's where the document only names the status. */
export function answerBody(of: Fixture): Json | undefined {
  if (of.response.status === 204) return undefined;
  return of.response.body ?? of.response.productBody;
}

/** A document as lines; the first is at 0, so line n of an editor is at n − 1. */
export function documentLines(document: string): readonly string[] {
  return documentBytes(document).toString('utf8').split('\n');
}

export function documentBytes(document: string): Buffer {
  return readFileSync(join(folder, 'documents', document));
}
