import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { openBackend } from '../../../src/backend/registry.ts';

const code = (location: string): unknown => {
  try {
    openBackend(location);
    return 'opened';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
};

describe('openBackend', () => {
  it.each([
    ['/mnt/disk/backup', '/mnt/disk/backup'],
    ['local:/mnt/disk/backup', '/mnt/disk/backup'],
    ['LOCAL:/x', '/x'],
    ['backup', resolve('backup')],
    ['./sftp:odd', resolve('sftp:odd')],
    ['/a:b/c', '/a:b/c'],
    ['C:\\backup', resolve('C:\\backup')],
    ['d:/backup', resolve('d:/backup')],
    ['local:a:b', resolve('a:b')],
  ])('%s is a folder', (location, path) => {
    expect(openBackend(location).location).toBe(path);
  });

  it.each(['', 'local:'])('refuses the empty location "%s"', (location) => {
    expect(code(location)).toBe('invalid-input');
  });

  it('names the kinds when it does not know one', () => {
    expect(code('gopher:host')).toBe('invalid-input');
    expect(code('constructor:x')).toBe('invalid-input');
    expect(() => openBackend('gopher:host')).toThrow(
      expect.objectContaining({ message: expect.stringContaining('gopher'), hint: expect.stringContaining('local:') }),
    );
  });

  it('opens what it is given', () => {
    const seen: string[] = [];
    const memory = (rest: string) => {
      seen.push(rest);
      return memoryBackend();
    };
    expect(openBackend('memory:a:b', { memory }).location).toBe('memory');
    expect(seen).toEqual(['a:b']);
  });
});
