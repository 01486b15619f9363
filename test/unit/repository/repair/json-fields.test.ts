import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withField } from '../../../../src/repository/repair/json-fields.ts';

describe('withField', () => {
  it('changes one field and leaves every other byte', () => {
    const text = '{"name":"a\\"}\\\\","inode":18446744073709551615, "size": 5 ,"new":{"size":[1,"}"]},"content":["x"]}';
    expect(withField(text, 'size', '7')).toBe(text.replace('"size": 5', '"size": 7'));
    expect(withField(text, 'content', '[]')).toBe(text.replace('["x"]', '[]'));
    expect(withField(text, 'inode', '1')).toBe(text.replace('18446744073709551615', '1'));
    expect(withField(text, 'name', '"b"')).toBe(text.replace('"a\\"}\\\\"', '"b"'));
  });

  it('adds what is not there', () => {
    expect(withField('{}', 'a', '1')).toBe('{"a":1}');
    expect(withField('{"b":2}', 'a', '1')).toBe('{"b":2,"a":1}');
  });

  it('says what JSON.parse would say', () => {
    const object = fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(object, fc.jsonValue(), (fields, value) => {
        const [first = 'none'] = Object.keys(fields).filter((key) => JSON.stringify(key) === `"${key}"`);
        const changed = JSON.parse(withField(JSON.stringify(fields), first, JSON.stringify(value)));
        expect(changed).toEqual(JSON.parse(JSON.stringify({ ...fields, [first]: value })));
      }),
    );
  });
});
