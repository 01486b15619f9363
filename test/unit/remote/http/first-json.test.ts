import { describe, expect, it } from 'vitest';
import { firstJson } from '../../../../src/remote/http/first-json.ts';

describe('the first of several JSON values', () => {
  it.each([
    ['{"a":"}{\\"}"}{"b":1}', '{"a":"}{\\"}"}'],
    ['[{"a":[1]}] [2]', '[{"a":[1]}]'],
    ['{"a":1}\n', '{"a":1}'],
    ['{"a":', '{"a":'],
    ['12', '12'],
    ['}', '}'],
  ])('of %s', (text, first) => expect(firstJson(text)).toBe(first));
});
