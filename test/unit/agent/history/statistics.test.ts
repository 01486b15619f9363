import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Statistics, type StatisticsPoint } from '../../../../src/agent/history/statistics.ts';
import type { StateNotice } from '../../../../src/agent/state/state-file.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function open(folder: string, clock = new FakeClock()) {
  const notices: StateNotice[] = [];
  const statistics = new Statistics({ folder, clock, onNotice: (notice) => notices.push(notice) });
  const add = (repositoryId: string, n: number) => statistics.append(repositoryId, pointAt(clock, n));
  return { clock, notices, statistics, add };
}

function pointAt(clock: FakeClock, snapshots: number): StatisticsPoint {
  return { time: clock.now().toISOString(), snapshots, blobs: 10, plainBytes: 1000, packedBytes: 400 };
}

it('keeps each repository apart, and all of many points at a time', async () => {
  await using temporary = await temporaryFolder();
  const { clock, statistics, add } = open(temporary.path);
  for (let n = 0; n < 5; n++) {
    await Promise.all([add('home', n), add('nas', 100 + n)]);
    await clock.advance(1);
  }
  await Promise.all(
    [5, 6, 7].map((n) => statistics.append('home', { ...pointAt(clock, n), time: `2026-03-01T13:00:0${n}.000Z` })),
  );
  expect((await open(temporary.path).statistics.series('home')).map(({ snapshots }) => snapshots)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7,
  ]);
  expect((await statistics.series('nas')).map(({ snapshots }) => snapshots)).toEqual([100, 101, 102, 103, 104]);
  expect(await statistics.series('none')).toEqual([]);
});

it('goes with its repository: one that gets its id later starts anew', async () => {
  await using temporary = await temporaryFolder();
  const { statistics, add } = open(temporary.path);
  await Promise.all([add('home', 1), add('nas', 2), statistics.remove('home'), statistics.remove('none')]);
  expect(await statistics.series('home')).toEqual([]);
  expect(await statistics.series('nas')).toHaveLength(1);
  await add('home', 3);
  expect((await statistics.series('home')).map(({ snapshots }) => snapshots)).toEqual([3]);
});

it('thins what is old: all of a day, hourly for 90 days, weekly for ever', async () => {
  await using temporary = await temporaryFolder();
  const { clock, statistics, add } = open(temporary.path);
  // Twice a day for 200 days, then every 10 minutes for two.
  let n = 0;
  for (; n < 200 * 2; n++) {
    await add('home', n);
    await clock.advance(12 * hourMs);
  }
  for (let end = n + 2 * 144; n < end; n++) {
    await add('home', n);
    await clock.advance(hourMs / 6);
  }
  const points = await statistics.series('home');
  const ageMs = ({ time }: StatisticsPoint) => clock.now().getTime() - Date.parse(time);
  const between = (fromMs: number, toMs: number) =>
    points.filter((point) => ageMs(point) > fromMs && ageMs(point) <= toMs);
  expect(between(0, dayMs).length).toBeGreaterThanOrEqual(143);
  expect(between(dayMs, 2 * dayMs).length).toBeLessThanOrEqual(26);
  expect(between(2 * dayMs, 89 * dayMs)).toHaveLength(87 * 2);
  const weekly = between(91 * dayMs, 400 * dayMs);
  expect(weekly.length).toBeGreaterThanOrEqual(15);
  expect(weekly.length).toBeLessThanOrEqual(18);
  expect(points.at(-1)?.snapshots).toBe(n - 1);
});

it('starts again after damage, which it tells, and after removal, which it does not', async () => {
  await using temporary = await temporaryFolder();
  const { notices, statistics, add } = open(temporary.at('history'));
  await add('home', 1);
  writeFileSync(temporary.at('history', 'statistics-home.json'), '{"version":1,"poi');
  await add('home', 2);
  expect((await statistics.series('home')).map(({ snapshots }) => snapshots)).toEqual([2]);
  expect(notices).toHaveLength(1);
  expect(readdirSync(temporary.at('history')).filter((name) => name.includes('.bad-'))).toHaveLength(1);
  rmSync(temporary.at('history'), { recursive: true });
  await add('home', 3);
  expect((await statistics.series('home')).map(({ snapshots }) => snapshots)).toEqual([3]);
  expect(notices).toHaveLength(1);
});

it('reads points of versions that measured less, and keeps what a newer one added', async () => {
  await using temporary = await temporaryFolder();
  const { clock, statistics } = open(temporary.path);
  const older = pointAt(clock, 1);
  const newer = { ...pointAt(clock, 2), time: '2026-03-01T13:00:00.000Z', heldBytes: 3000, later: 'more' };
  const path = temporary.at('statistics-home.json');
  writeFileSync(path, JSON.stringify({ version: 1, points: [older, newer] }));
  const added = { ...pointAt(clock, 3), time: '2026-03-01T14:00:00.000Z', heldBytes: 4000 };
  await statistics.append('home', added);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ version: 1, points: [older, newer, added] });
});

it('keeps what snapshots of many large disks hold together, which is more than whole numbers can tell apart', async () => {
  await using temporary = await temporaryFolder();
  const { clock, notices, statistics } = open(temporary.path);
  const point = { ...pointAt(clock, 10_000), heldBytes: 10_000 * 1_000_000_000_001 };
  await statistics.append('home', point);
  expect(await statistics.series('home')).toEqual([point]);
  expect(notices).toEqual([]);
});

it('takes no id that could be a path', async () => {
  await using temporary = await temporaryFolder();
  await expect(open(temporary.path).add('../elsewhere', 1)).rejects.toThrow();
  expect(readdirSync(temporary.path)).toEqual([]);
});
