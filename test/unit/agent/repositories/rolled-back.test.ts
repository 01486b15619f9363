import { describe, expect, it } from 'vitest';
import { rollbackText } from '../../../../src/agent/repositories/rolled-back.ts';

const id = 'ab'.repeat(32);

describe('a repository that was rolled back', () => {
  it('names the snapshot that is gone, and how old the newest is', () => {
    const timeNs = BigInt(Date.parse('2026-03-01T12:00:00Z')) * 1_000_000n;
    expect(rollbackText(id, [{ timeNs: 0n }, { timeNs }])).toBe(
      'The snapshot abababab, which was saved last, is no longer in the repository. The newest that it holds is of 2026-03-01T12:00:00.000Z.',
    );
  });

  it('says that none is there', () => {
    expect(rollbackText(id, [])).toContain('It holds no snapshot at all.');
  });
});
