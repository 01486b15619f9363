import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { lookupGroup, lookupUser, parseDatabase } from '../../../src/platform/users.ts';

describe('parseDatabase', () => {
  it('takes the first name of each number, and no NIS lines or comments', () => {
    const text =
      'root:x:0:0::/root:/bin/sh\ntoor:x:0:0:::\n# x:x:7:7:::\n+nis:x:8:8:::\n:x:9::::\nbad:x:abc:1:::\nj\xf6rg:x:1000:1000:::\n';
    expect([...parseDatabase(text)]).toEqual([
      [0, 'root'],
      [1000, 'j\xf6rg'],
    ]);
  });
});

describe.skipIf(process.platform === 'win32')('lookupUser and lookupGroup', () => {
  it('know the users of this system', () => {
    const uid = process.getuid?.() ?? -1;
    const name = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
    expect(lookupUser(uid)).toBe(name);
    expect(lookupGroup(process.getgid?.() ?? -1)).toBe(execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim());
  });

  it('give an empty name for a number without one', () => {
    expect(lookupUser(3_999_999_999)).toBe('');
  });
});
