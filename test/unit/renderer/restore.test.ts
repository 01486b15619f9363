/** What Restore makes of snapshots: backups, days, versions, paths; and what a restore would do. */
import { describe, expect, it } from 'vitest';
import { backupsByDay, backupsOf, type SnapshotView, versionsOf } from '../../../renderer/views/restore/backups-of.ts';
import { monthOf, shiftMonth, weeksOf } from '../../../renderer/views/restore/month-days.ts';
import { restoreCountsOf } from '../../../renderer/views/restore/restore-result.ts';
import { commonFolder, nameOf, parentOf, startOf, stepsOf } from '../../../renderer/views/restore/snapshot-paths.ts';

function snapshot(id: string, repositoryId: string, time: string): SnapshotView {
  return { id, repositoryId, time, hostname: 'laptop', username: 'me', paths: ['/home/me'], tags: [] };
}

describe('backups', () => {
  const monday = '2026-11-23T10:00:00.000Z';
  const tuesday = '2026-11-24T10:00:00.000Z';

  it('are shown once each, from the first repository that has them', () => {
    const all = [
      snapshot('t-nas', 'nas', tuesday),
      snapshot('m-nas', 'nas', monday),
      snapshot('m-disk', 'disk', monday),
    ];
    expect(backupsOf(all, ['disk', 'nas']).map(({ id }) => id)).toEqual(['t-nas', 'm-disk']);
    expect(backupsOf(all, ['nas', 'disk']).map(({ id }) => id)).toEqual(['t-nas', 'm-nas']);
  });

  it('are counted by the day of the user', () => {
    const days = backupsByDay([snapshot('a', 'disk', tuesday), snapshot('b', 'disk', tuesday)]);
    expect([...days.values()]).toEqual([2]);
  });

  it('give each version of a file once', () => {
    const version = { type: 'file' as const, size: 3, mtime: monday, snapshotIds: ['m'] };
    const versions = [
      { ...version, repositoryId: 'nas' },
      { ...version, repositoryId: 'disk' },
      { ...version, repositoryId: 'nas', size: 4 },
    ];
    expect(versionsOf(versions, ['disk']).map(({ repositoryId, size }) => [repositoryId, size])).toEqual([
      ['disk', 3],
      ['nas', 4],
    ]);
  });
});

describe('a month', () => {
  it('has whole weeks that begin on the first day of the week', () => {
    const numbers = (firstDay: number) =>
      weeksOf({ year: 2026, month: 10 }, firstDay).map((week) => week.map((day) => day?.getDate()));
    // 1 November 2026 is a Sunday.
    expect(numbers(1)[0]).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, 1]);
    expect(numbers(7)[0]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(numbers(1).at(-1)).toEqual([30, undefined, undefined, undefined, undefined, undefined, undefined]);
    expect(numbers(7)).toHaveLength(5);
  });

  it('goes over the end of a year', () => {
    expect(shiftMonth(monthOf('2026-12-31'), 1)).toEqual({ year: 2027, month: 0 });
    expect(shiftMonth(monthOf('2026-01-31'), -1)).toEqual({ year: 2025, month: 11 });
  });
});

describe('paths in a snapshot', () => {
  it('have parents, names and steps', () => {
    expect(parentOf('/home/me/a.txt')).toBe('/home/me');
    expect(parentOf('/home')).toBe('/');
    expect(parentOf('/')).toBe('/');
    expect(nameOf('/home/me')).toBe('me');
    expect(stepsOf('/home/me').map(({ path }) => path)).toEqual(['/home', '/home/me']);
  });

  it('lie in a common folder', () => {
    expect(commonFolder(['/home/me/a', '/home/me/b/c'])).toBe('/home/me');
    expect(commonFolder(['/home/me', '/home/melissa'])).toBe('/home');
    expect(commonFolder(['/home/me/a'])).toBe('/home/me');
    expect(commonFolder(['/a', '/home/b'])).toBe('/');
    expect(commonFolder([])).toBe('/');
  });

  it('begin at what was backed up', () => {
    expect(startOf(['/home/me/Documents/'])).toBe('/home/me/Documents');
    expect(startOf(['/'])).toBe('/');
    expect(startOf(['/home/me/Documents', '/home/me/Pictures'])).toBe('/home/me');
    expect(startOf(['C:\\Users\\me'])).toBe('/C/Users/me');
    expect(startOf([])).toBe('/');
  });
});

describe('the result of a restore', () => {
  it('counts files and whatever else is no folder', () => {
    const none = { restored: 0, updated: 0, unchanged: 0, skipped: 0, deleted: 0 };
    const result = {
      target: '/home',
      dryRun: true,
      files: { ...none, restored: 2, skipped: 1 },
      others: { ...none, restored: 1 },
      dirs: none,
      bytesRestored: 7,
    };
    expect(restoreCountsOf(result)).toEqual({
      target: '/home',
      restored: 3,
      updated: 0,
      unchanged: 0,
      skipped: 1,
      bytes: 7,
    });
    expect(restoreCountsOf(undefined)).toBeUndefined();
  });
});
