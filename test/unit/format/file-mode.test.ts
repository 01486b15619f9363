import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goMode, nodeTypeOf, unixMode } from '../../../src/format/file-mode.ts';

describe('modes', () => {
  it.each([
    [0o100644, 0o644, 'file'],
    [0o040755, 2 ** 31 + 0o755, 'dir'],
    [0o120777, 2 ** 27 + 0o777, 'symlink'],
    [0o060660, 2 ** 26 + 0o660, 'dev'],
    [0o020666, 2 ** 26 + 2 ** 21 + 0o666, 'chardev'],
    [0o010600, 2 ** 25 + 0o600, 'fifo'],
    [0o140755, 2 ** 24 + 0o755, 'socket'],
    [0o104755, 2 ** 23 + 0o755, 'file'],
    [0o102755, 2 ** 22 + 0o755, 'file'],
    [0o041777, 2 ** 31 + 2 ** 20 + 0o777, 'dir'],
  ])('%o is %d in Go, a %s', (stMode, mode, type) => {
    expect(goMode(stMode)).toBe(mode);
    expect(unixMode(mode)).toBe(stMode);
    expect(nodeTypeOf(stMode)).toBe(type);
  });

  it('survive both ways', () => {
    const types = fc.constantFrom(0o100000, 0o040000, 0o120000, 0o060000, 0o020000, 0o010000, 0o140000);
    fc.assert(fc.property(types, fc.nat(0o7777), (type, bits) => unixMode(goMode(type | bits)) === (type | bits)));
  });
});
