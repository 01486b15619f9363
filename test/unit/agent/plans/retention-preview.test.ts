import { describe, expect, it } from 'vitest';
import type { SnapshotAccess } from '../../../../src/agent/explore/snapshot-access.ts';
import { retentionPreview } from '../../../../src/agent/plans/retention-preview.ts';
import { parseTime } from '../../../../src/format/go-time.ts';
import type { StoredSnapshot } from '../../../../src/repository/mod.ts';

const never = new AbortController().signal;

function at(time: string, { hostname = 'here', paths = ['/home'] } = {}): StoredSnapshot {
  return { id: `id of ${time}`, snapshot: { time, tree: '0'.repeat(64), paths, hostname }, timeNs: parseTime(time) };
}

function preview(snapshots: readonly StoredSnapshot[], retention: { readonly daily: number }) {
  const access: Pick<SnapshotAccess, 'each'> = {
    // The preview looks at snapshots alone, and opens nothing.
    each: async (_asked, _signal, work) => ({
      answers: [await work({ repositoryId: 'disk', snapshots } as never)],
      unread: [],
    }),
  };
  const now = new Date('2024-06-30T12:00:00Z');
  return retentionPreview({ access, planId: 'files', retention, hostname: 'here', now }, never);
}

describe('the preview of a retention', () => {
  it('says what stays and why, and what goes, newest first; the newest always stays', async () => {
    const times = ['2024-06-01T08:00:00Z', '2024-06-02T08:00:00Z', '2024-06-02T20:00:00Z'];
    expect(
      await preview(
        times.map((time) => at(time)),
        { daily: 1 },
      ),
    ).toEqual([
      {
        repositoryId: 'disk',
        keep: [
          {
            id: 'id of 2024-06-02T20:00:00Z',
            time: '2024-06-02T20:00:00.000Z',
            reasons: ['last snapshot', 'daily snapshot'],
          },
        ],
        remove: [
          { id: 'id of 2024-06-02T08:00:00Z', time: '2024-06-02T08:00:00.000Z' },
          { id: 'id of 2024-06-01T08:00:00Z', time: '2024-06-01T08:00:00.000Z' },
        ],
      },
    ]);
  });

  it('leaves snapshots of other machines alone, and looks at each set of sources by itself', async () => {
    const [found] = await preview(
      [
        at('2024-06-01T08:00:00Z', { hostname: 'elsewhere' }),
        at('2024-06-02T08:00:00Z', { paths: ['/photos'] }),
        at('2024-06-03T08:00:00Z'),
      ],
      { daily: 1 },
    );
    expect(found?.keep.map(({ time }) => time)).toEqual(['2024-06-03T08:00:00.000Z', '2024-06-02T08:00:00.000Z']);
    expect(found?.remove).toEqual([]);
  });
});
