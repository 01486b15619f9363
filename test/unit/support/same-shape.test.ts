import { describe, expect, it } from 'vitest';
import { answerBody, fixture } from '../../support/dialect-fixtures.ts';
import { nullableOf, sameShape } from '../../support/same-shape.ts';

const list = answerBody(fixture('panel', 'backup-list'));
const changed = (change: (attributes: Record<string, unknown>, whole: Record<string, unknown>) => void) => {
  const copy = structuredClone(list) as { data: { attributes: Record<string, unknown> }[] };
  change(copy.data[0]!.attributes, copy as never);
  return sameShape(copy, list, { nullable: nullableOf('panel') });
};

describe('sameShape', () => {
  it('takes other values, another order, another number of elements', () => {
    expect(
      changed((attributes) => Object.assign(attributes, { name: 'other', bytes: 7, ignored_files: ['a'] })),
    ).toEqual([]);
    expect(changed((_, whole) => Object.assign(whole, { data: [] }))).toEqual([]);
    expect(sameShape({ b: 'x', a: 1 }, { a: 2, b: '' })).toEqual([]);
  });

  it('names a missing, an extra and a renamed field by its path', () => {
    expect(changed((attributes) => delete attributes.bytes)).toEqual(['$.data[0].attributes.bytes: missing']);
    expect(changed((attributes) => Object.assign(attributes, { size: 1 }))).toEqual([
      '$.data[0].attributes.size: not a documented field',
    ]);
    expect(changed((_, whole) => Object.assign(whole, { meta: {} }))).toEqual(['$.meta.pagination: missing']);
  });

  it('finds differences in later elements', () => {
    expect(sameShape([{ a: 1 }, { a: '1' }], [{ a: 0 }])).toEqual(['$[1].a: string instead of integer']);
  });

  it('tells JSON types apart, also an integer from a fraction', () => {
    expect(changed((attributes) => Object.assign(attributes, { bytes: '102400', is_locked: 0 }))).toEqual([
      '$.data[0].attributes.is_locked: integer instead of boolean',
      '$.data[0].attributes.bytes: string instead of integer',
    ]);
    expect(sameShape({ a: 0.5 }, { a: 1 })).toEqual(['$.a: fraction instead of integer']);
    expect(sameShape({ a: [] }, { a: {} })).toEqual(['$.a: list instead of object']);
    expect(sameShape(undefined, {})).toEqual(['$: nothing instead of object']);
  });

  it('takes null against a value only where the list has it, and only of the type listed', () => {
    expect(changed((attributes) => Object.assign(attributes, { completed_at: null, checksum: 'sha1:00' }))).toEqual([]);
    expect(changed((attributes) => Object.assign(attributes, { created_at: null, checksum: 7 }))).toEqual([
      '$.data[0].attributes.checksum: integer instead of null',
      '$.data[0].attributes.created_at: null instead of string',
    ]);
    const nullable = { 'pages.next': 'integer' } as const;
    expect(sameShape({ pages: { next: 2 } }, { pages: { next: null } }, { nullable })).toEqual([]);
    expect(sameShape({ next: 2 }, { next: null }, { nullable })).toEqual(['$.next: integer instead of null']);
  });
});
