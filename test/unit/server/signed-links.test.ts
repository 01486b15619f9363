import { describe, expect, it } from 'vitest';
import { SignedLinks } from '../../../src/server/access/signed-links.ts';

const links = new SignedLinks(Buffer.alloc(32, 1));
const nowMs = 1_800_000_000_000;
const made = { backupId: 'b-1', part: 'segment-0', expiresAt: nowMs + 900_000 };

function queryOf(path: string) {
  const { searchParams } = new URL(path, 'http://127.0.0.1');
  return { expires: searchParams.get('expires')!, signature: searchParams.get('signature')! };
}

describe('SignedLinks', () => {
  it('is good until it expires, and holds nothing that is percent-encoded', () => {
    const path = links.pathOf(made);
    expect(path).toMatch(/^\/download\/b-1\/segment-0\?expires=\d+&signature=[0-9a-f]{64}$/);
    expect(links.isGood('b-1', 'segment-0', queryOf(path), nowMs)).toBe(true);
    expect(links.isGood('b-1', 'segment-0', queryOf(path), nowMs + 900_001)).toBe(false);
  });

  it('is good for nothing else: another backup, part, time or key', () => {
    const query = queryOf(links.pathOf(made));
    expect(links.isGood('b-2', 'segment-0', query, nowMs)).toBe(false);
    expect(links.isGood('b-1', 'segment-1', query, nowMs)).toBe(false);
    expect(links.isGood('b-1', 'segment-0', { ...query, expires: `${Number(query.expires) + 1}` }, nowMs)).toBe(false);
    expect(links.isGood('b-1', 'segment-0', { ...query, expires: 'NaN' }, nowMs)).toBe(false);
    expect(links.isGood('b-1', 'segment-0', { ...query, signature: '' }, nowMs)).toBe(false);
    expect(new SignedLinks(Buffer.alloc(32, 2)).isGood('b-1', 'segment-0', query, nowMs)).toBe(false);
  });
});
