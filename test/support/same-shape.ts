/**
 * Whether an answer has exactly the fields of a documented one while its values differ.
 *
 *     expect(sameShape(answer, fixture('panel', 'backup').response.body, { nullable: nullableOf('panel') })).toEqual([]);
 *
 * Looks at names of fields, JSON types (an integer is not a fraction) and null against value; not at the order of fields, nor at values
 * or the number of elements. All elements of a list are compared with the documented first one; a documented empty list says nothing of
 * its elements.
 */
import type { Dialect } from './dialect-fixtures.ts';

type JsonType = 'null' | 'boolean' | 'integer' | 'fraction' | 'string' | 'list' | 'object';

/**
 * What may be null or a value of that type, by where it stands: `results[].file_size`. A name without a path, as `checksum`, is meant
 * wherever it stands.
 */
export type Nullable = Readonly<Record<string, JsonType>>;

/** Fields that a document shows as null or as a value, and that are the other as well in true answers. */
const nullables: Readonly<Record<Dialect, Nullable>> = {
  organizations: { next: 'string', previous: 'string' },
  // `data` is null in the answers that have nothing to tell, which are exchanges of their own.
  fa: {},
  panel: { checksum: 'string', completed_at: 'string' },
  stacks: {
    'pagination.previous': 'integer',
    'pagination.next': 'integer',
    restore_result: 'string',
    verify_result: 'string',
  },
};

export function nullableOf(dialect: Dialect): Nullable {
  return nullables[dialect];
}

/** @returns a sentence for each difference, with its path from `$`; none when the shapes are the same */
export function sameShape(
  actual: unknown,
  expected: unknown,
  options: { readonly nullable?: Nullable } = {},
): string[] {
  return [...differences(actual, expected, '$', options.nullable ?? {})];
}

function* differences(actual: unknown, expected: unknown, path: string, nullable: Nullable): Generator<string> {
  const [is, wanted] = [typeOf(actual), typeOf(expected)];
  if (is !== wanted) {
    const other = otherType(path, nullable);
    const allowed = other !== undefined && [is, wanted].includes('null') && [is, wanted].includes(other);
    if (!allowed) yield `${path}: ${is} instead of ${wanted}`;
    return;
  }
  if (Array.isArray(actual) && Array.isArray(expected)) {
    if (expected.length === 0) return;
    for (const [index, element] of actual.entries()) {
      yield* differences(element, expected[0], `${path}[${index}]`, nullable);
    }
    return;
  }
  if (!isRecord(actual) || !isRecord(expected)) return;
  for (const name of Object.keys(expected)) {
    if (!Object.hasOwn(actual, name)) yield `${path}.${name}: missing`;
    else yield* differences(actual[name], expected[name], `${path}.${name}`, nullable);
  }
  for (const name of Object.keys(actual)) {
    if (!Object.hasOwn(expected, name)) yield `${path}.${name}: not a documented field`;
  }
}

function otherType(path: string, nullable: Nullable): JsonType | undefined {
  const place = path.replace(/\[\d+\]/g, '[]');
  return Object.entries(nullable).find(([name]) => place === `$.${name}` || place.endsWith(`.${name}`))?.[1];
}

function typeOf(value: unknown): JsonType | 'nothing' {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction';
  const type = typeof value;
  return type === 'boolean' || type === 'string' || type === 'object' ? type : 'nothing';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
