import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventParser } from '../../../src/control/event-parser.ts';

describe('the parser of event streams', () => {
  it('reads types, ids, data of several lines, and leaves out comments and what is not complete', () => {
    const text =
      ':hello\n\nid: 1\nevent: a\ndata: one\ndata:  two\n\ndata\n\nevent: none\n\nid: 2\n\ndata: x\n\ndata: cut';
    expect(new EventParser().push(text)).toEqual([
      { id: '1', type: 'a', data: 'one\n two' },
      { id: '1', type: 'message', data: '' },
      { id: '2', type: 'message', data: 'x' },
    ]);
  });

  it('gives the same however the text is cut, with every kind of end of line', () => {
    const line = fc.constantFrom('data: x', 'data: é', 'id: 7', 'event: a', ':', '', '');
    const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 20 });
    const cuts = fc.array(fc.nat(40), { maxLength: 20 });
    fc.assert(
      fc.property(lines, cuts, (written, at) => {
        const text = `${written.flat().join('')}\n`;
        const whole = new EventParser().push(text.replaceAll(/\r\n|\r/g, '\n'));
        const parser = new EventParser();
        const parts = at.reduce<string[]>(
          ([rest = '', ...done], cut) => [rest.slice(cut), ...done, rest.slice(0, cut)],
          [text],
        );
        const [rest = '', ...first] = parts;
        expect([...first, rest].flatMap((part) => parser.push(part))).toEqual(whole);
      }),
    );
  });

  it('gives up on a line without an end', () => {
    const parser = new EventParser();
    expect(() => parser.push('x'.repeat(17 * 1024 * 1024))).toThrow(RangeError);
  });
});
