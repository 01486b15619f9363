import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { selfTest } from '../../../src/repository/self-test.ts';

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>();
  return { ...real, createHash: vi.fn(real.createHash), scryptSync: vi.fn(real.scryptSync) };
});

afterEach(() => {
  vi.mocked(createHash).mockClear();
});

describe('the self-test of what repositories rely on', () => {
  it('passes here', () => {
    expect(() => selfTest()).not.toThrow();
    expect(createHash).toHaveBeenCalled();
  });

  it('names what is missing, and what gives wrong results', () => {
    vi.mocked(createHash).mockImplementationOnce(() => {
      throw new Error('no such digest');
    });
    expect(() => selfTest()).toThrow('SHA-256 is missing');
    vi.mocked(createHash).mockImplementationOnce(() => createHash('sha1'));
    expect(() => selfTest()).toThrow('SHA-256 gives wrong results');
  });
});
