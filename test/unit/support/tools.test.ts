import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requireTool } from '../../support/tools.ts';

describe('requireTool', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-tools-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('finds the program on the path', () => {
    const program = join(folder, 'restic');
    writeFileSync(program, '');
    chmodSync(program, 0o755);
    expect(requireTool('restic', { PATH: `/nowhere:${folder}`, CI: 'true' })).toBe(program);
  });

  it('says by name what is skipped', () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(requireTool('setfattr', { PATH: folder })).toBeUndefined();
    expect(said).toHaveBeenCalledWith('skipped: setfattr is not installed (Debian package attr)\n');
  });

  it('fails when CI=true', () => {
    expect(() => requireTool('strace', { PATH: folder, CI: 'true' })).toThrow('strace is not installed');
  });
});
