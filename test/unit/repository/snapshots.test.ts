import { beforeAll, describe, expect, it } from 'vitest';
import { type Id, idOf } from '../../../src/format/id.ts';
import type { Snapshot } from '../../../src/format/snapshot.ts';
import type { Repository } from '../../../src/repository/repository.ts';
import {
  groupSnapshots,
  listSnapshots,
  parseGroupBy,
  removeSnapshot,
  resolveSnapshot,
  type SnapshotFilter,
  saveSnapshot,
} from '../../../src/repository/snapshots.ts';
import { fail, failAfter, faultyBackend } from '../../support/faulty-backend.ts';
import { codeOf, memoryRepository, messageFrom, never, unlocked } from './test-repository.ts';

const tree = idOf(Buffer.from('tree'));

function made(day: number, fields: Partial<Snapshot> = {}): Snapshot {
  return {
    time: `2024-01-${String(day).padStart(2, '0')}T12:00:00+01:00`,
    tree,
    paths: ['/home'],
    hostname: 'desk',
    ...fields,
  };
}

/** In another order than that of their times. */
const all: Snapshot[] = [
  made(3, { tags: ['a', 'b'] }),
  made(1),
  made(2, { hostname: 'lap', tags: ['a'] }),
  made(5, { paths: ['/home', '/etc'], tags: ['b'] }),
  made(4, { paths: ['/etc', '/home'], hostname: 'lap' }),
];

let repository: Repository;
let ids: Id[];

beforeAll(async () => {
  repository = await memoryRepository();
  ids = [];
  for (const snapshot of all) ids.push(await saveSnapshot(unlocked(repository), snapshot, never));
});

const daysOf = async (filter: SnapshotFilter): Promise<number[]> =>
  (await listSnapshots(repository, { filter, signal: never })).map(({ timeNs }) =>
    new Date(Number(timeNs / 1_000_000n)).getUTCDate(),
  );

describe('listSnapshots', () => {
  it('gives all, oldest first, with their ids', async () => {
    const list = await listSnapshots(repository, { signal: never });
    expect(list.map(({ id }) => id)).toEqual([1, 2, 0, 4, 3].map((index) => ids[index]));
    expect(list[0]!.snapshot).toMatchObject(all[1]!);
  });

  it('filters by host, tags, paths and time, as restic does', async () => {
    expect(await daysOf({ hosts: ['lap'] })).toEqual([2, 4]);
    expect(await daysOf({ hosts: ['lap', 'desk'] })).toEqual([1, 2, 3, 4, 5]);
    expect(await daysOf({ hosts: ['other'] })).toEqual([]);
    expect(await daysOf({ tags: [['a']] })).toEqual([2, 3]);
    expect(await daysOf({ tags: [['a', 'b']] })).toEqual([3]);
    expect(await daysOf({ tags: [['a', 'b'], ['b']] })).toEqual([3, 5]);
    expect(await daysOf({ tags: [['']] })).toEqual([1, 4]);
    expect(await daysOf({ paths: ['/etc'] })).toEqual([4, 5]);
    expect(await daysOf({ paths: ['/etc', '/home'], hosts: ['lap'] })).toEqual([4]);
    expect(await daysOf({ paths: ['/hom'] })).toEqual([]);
    expect(await daysOf({ notAfterNs: BigInt(Date.UTC(2024, 0, 3, 11)) * 1_000_000n })).toEqual([1, 2, 3]);
  });

  it('names damaged ones, or hands them over; a listing that fails is never empty', async () => {
    const fresh = await memoryRepository();
    const good = await saveSnapshot(unlocked(fresh), made(1), never);
    const bad = await fresh.saveUnpacked('snapshot', Buffer.from('{"time":"yesterday"}'), never);
    const broken = Buffer.from('no snapshot');
    await fresh.backend.save({ type: 'snapshot', name: idOf(broken) }, broken, never);
    expect(await codeOf(() => listSnapshots(fresh, { signal: never }))).toBe('corrupt');
    expect(await codeOf(() => resolveSnapshot(fresh, 'latest', { signal: never }))).toBe('corrupt');
    const damaged: Id[] = [];
    const list = await listSnapshots(fresh, {
      signal: never,
      onDamaged: (id, error) => {
        expect(error.message).toContain(id);
        damaged.push(id);
      },
    });
    expect(list.map(({ id }) => id)).toEqual([good]);
    expect(damaged.sort()).toEqual([bad, idOf(broken)].sort());
    for (const effect of [fail('network'), failAfter(1)]) {
      const backend = faultyBackend(fresh.backend, [{ call: 'list', type: 'snapshot', effect }]);
      const watched = Object.assign(await memoryRepository(), { backend });
      expect(await codeOf(() => listSnapshots(watched, { signal: never, onDamaged: () => undefined }))).toBe('network');
    }
  });

  it('forgets one that is removed', async () => {
    const fresh = await memoryRepository();
    const id = await saveSnapshot(unlocked(fresh), made(1), never);
    await removeSnapshot(fresh, id, never);
    await removeSnapshot(fresh, id, never);
    expect(await listSnapshots(fresh, { signal: never })).toEqual([]);
  });
});

describe('resolveSnapshot', () => {
  const resolve = (text: string, filter: SnapshotFilter = {}) =>
    resolveSnapshot(repository, text, { filter, signal: never });

  it('finds the latest that matches', async () => {
    expect((await resolve('latest')).id).toBe(ids[3]);
    expect((await resolve('latest', { hosts: ['lap'] })).id).toBe(ids[4]);
    expect(await codeOf(() => resolve('latest', { hosts: ['other'] }))).toBe('not-found');
  });

  it('finds ids and their beginnings, whatever the filter, and splits off a folder', async () => {
    for (const id of ids) {
      expect((await resolve(id, { hosts: ['other'] })).id).toBe(id);
      expect(await resolve(`${id.slice(0, 12)}:/home/a:b`)).toMatchObject({ id, subfolder: '/home/a:b' });
    }
    expect((await resolve('latest')).subfolder).toBe('');
  });

  it('refuses what names none or several, listing those', async () => {
    const fresh = await memoryRepository();
    const own: Id[] = [];
    for (let day = 1; day < 20; day++) own.push(await saveSnapshot(unlocked(fresh), made(day), never));
    const shared = own.map((id) => id[0]!).find((digit, index, digits) => digits.indexOf(digit) !== index)!;
    const matching = own.filter((id) => id.startsWith(shared));
    const ambiguous = () => resolveSnapshot(fresh, shared, { signal: never });
    expect(await codeOf(ambiguous)).toBe('invalid-input');
    for (const id of matching) expect(await messageFrom(ambiguous)).toContain(id.slice(0, 8));
    expect(await codeOf(() => resolve('0'.repeat(20)))).toBe('not-found');
    expect(await codeOf(() => resolve('0'.repeat(64)))).toBe('not-found');
    for (const text of ['', 'xyz', 'LATEST', '../config', '0'.repeat(65)]) {
      expect(await codeOf(() => resolve(text))).toBe('invalid-input');
    }
  });
});

describe('groupSnapshots', () => {
  const groups = async (text: string) =>
    groupSnapshots(await listSnapshots(repository, { signal: never }), parseGroupBy(text)).map(
      ({ key, snapshots }) => ({
        key,
        days: snapshots.map(({ snapshot }) => Number(snapshot.time.slice(8, 10))),
      }),
    );

  it('puts equal ones together; the order of paths and tags does not matter', async () => {
    expect(await groups('')).toEqual([{ key: {}, days: [1, 2, 3, 4, 5] }]);
    expect(await groups('host')).toEqual([
      { key: { hostname: 'desk' }, days: [1, 3, 5] },
      { key: { hostname: 'lap' }, days: [2, 4] },
    ]);
    expect(await groups('paths')).toEqual([
      { key: { paths: ['/home'] }, days: [1, 2, 3] },
      { key: { paths: ['/etc', '/home'] }, days: [4, 5] },
    ]);
    expect((await groups('host,tags')).map(({ days }) => days)).toEqual([[1], [2], [3], [4], [5]]);
  });

  it('refuses other words', async () => {
    expect(parseGroupBy('hosts, path,tag')).toEqual({ host: true, paths: true, tags: true });
    expect(await codeOf(() => parseGroupBy('host,user'))).toBe('invalid-input');
  });
});
