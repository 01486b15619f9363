import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeFileName } from '../../../../src/remote/http/safe-file-name.ts';

describe('a safe file name', () => {
  it.each([
    ['backup.tar.gz', 'backup.tar.gz'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\Windows\\system32', 'C__Windows_system32'],
    ['..', 'backup'],
    ['', 'backup'],
    ['///', 'backup'],
    ['.bashrc', 'bashrc'],
    ['a\u0000b\u001b[31m\u202egpj.exe', 'a_b_[31m_gpj.exe'],
    ['con', '_con'],
    ['NUL.tar.gz', '_NUL.tar.gz'],
    ['com1', '_com1'],
    ['com10', 'com10'],
    ['name. . ', 'name'],
    ['Sicherung für Zoë 1:2.tar', 'Sicherung für Zoë 1_2.tar'],
    ['\ud800x', '_x'],
  ])('of %j is %j', (name, safe) => expect(safeFileName(name)).toBe(safe));

  it('is short, and keeps its extension and whole characters', () => {
    const safe = safeFileName(`${'é'.repeat(300)}.tar.gz`);
    expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200);
    expect(safe).toMatch(/^é+\.tar\.gz$/);
  });

  it('is one for any name at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const safe = safeFileName(name);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200);
        expect(safe).not.toMatch(/[\p{Cc}/\\:*?"<>|]|^[.\s]|[.\s]$|^$/u);
        expect(safeFileName(safe)).toBe(safe);
      }),
    );
  });
});
