/**
 * Input from outside, read by a schema once: what comes out is typed, what does not fit is an `invalid-input` that names the
 * fields.
 */
import { z } from 'zod';
import { type FieldIssue, HoldfastError } from '../base/errors.ts';

/** A value by its schema. Throws `invalid-input` with `fields`; the values themselves are not repeated (they may be secrets). */
export function readInput<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const fields = issuesOf(read.error.issues);
  const [first] = fields;
  const where = first === undefined || first.path === '' ? 'The input' : `"${first.path}"`;
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : '';
  throw new HoldfastError('invalid-input', `${where} cannot be used: ${first?.message}${more}`, { fields });
}

function issuesOf(issues: readonly z.core.$ZodIssue[]): readonly FieldIssue[] {
  return issues.flatMap((issue) => {
    // A field too much is named itself, not the object that it is in.
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message: 'There is no such field' }));
    }
    return { path: pathText(issue.path), message: issue.message };
  });
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

/** What a text may stand for, by name of field. */
export type TextFields = Readonly<Record<string, readonly ('number' | 'boolean' | 'list' | 'numbers' | 'booleans')[]>>;

/**
 * Which fields of an object schema are not text, so that the text of a query or path can be read for it. A field that also
 * takes text stays text.
 */
export function textFieldsOf(schema: z.ZodObject): TextFields {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, kindsOf(property)]));
}

/** The values of a query or path as the schema wants them, as far as they can be read so; the schema judges them afterwards. */
export function readTexts(fields: TextFields, texts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, given]) => {
      const kinds = fields[name] ?? [];
      const isList = kinds.some((kind) => kind === 'list' || kind === 'numbers' || kind === 'booleans');
      const item = (text: unknown) =>
        readText(
          text,
          kinds.includes('number') || kinds.includes('numbers'),
          kinds.includes('boolean') || kinds.includes('booleans'),
        );
      if (isList) return [name, (Array.isArray(given) ? given : [given]).map(item)];
      return [name, Array.isArray(given) ? given : item(given)];
    }),
  );
}

function readText(text: unknown, asNumber: boolean, asBoolean: boolean): unknown {
  if (asBoolean && (text === 'true' || text === 'false')) return text === 'true';
  if (asNumber && typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text;
}

type JsonProperty = NonNullable<z.core.JSONSchema.BaseSchema['properties']>[string];

function kindsOf(property: JsonProperty): TextFields[string] {
  if (typeof property === 'boolean') return [];
  const choices = [property, ...(property.anyOf ?? []), ...(property.oneOf ?? [])].filter(
    (one) => typeof one === 'object',
  );
  if (choices.some(({ type }) => type === 'string')) return [];
  return choices.flatMap(({ type, items }) => {
    if (type === 'number' || type === 'integer') return ['number' as const];
    if (type === 'boolean') return ['boolean' as const];
    if (type !== 'array') return [];
    const of = typeof items === 'object' && !Array.isArray(items) ? kindsOf(items as JsonProperty) : [];
    if (of.includes('number')) return ['numbers' as const];
    return of.includes('boolean') ? ['booleans' as const] : ['list' as const];
  });
}
