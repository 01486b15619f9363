import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { History, type HistoryQuery } from '../../../../src/agent/history/history.ts';
import type { StateNotice } from '../../../../src/agent/state/state-file.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type FullDisk, fullDisk } from '../../../support/full-disk.ts';
import { pastJob } from '../../../support/past-jobs.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const signal = new AbortController().signal;

interface Rig {
  readonly history: History;
  readonly notices: StateNotice[];
}

async function open(folder: string, disk?: FullDisk): Promise<Rig> {
  const notices: StateNotice[] = [];
  const history = await History.open({
    folder,
    clock: new FakeClock(),
    onNotice: (notice) => notices.push(notice),
    ...(disk === undefined ? {} : { calls: disk.calls }),
  });
  return { history, notices };
}

const jobs = (count: number, from = 0): Job[] => Array.from({ length: count }, (_, n) => pastJob(from + n));
const recordAll = (history: History, all: readonly Job[]) => Promise.all(all.map((job) => history.record(job)));

/** All pages one after the other. */
async function pages(history: History, query: Omit<HistoryQuery, 'cursor'>): Promise<(readonly Job[])[]> {
  const all = [];
  let cursor: string | undefined;
  do {
    const page = await history.list({ ...query, cursor }, signal);
    all.push(page.jobs);
    cursor = page.next;
  } while (cursor !== undefined);
  return all;
}

const segmentsIn = (folder: string) => readdirSync(folder).filter((name) => /^\d+-/.test(name));

describe('History', () => {
  it('gives back, newest first, what was recorded, also after a restart', async () => {
    await using temporary = await temporaryFolder();
    const all = jobs(2500);
    await recordAll((await open(temporary.path)).history, all);
    const { history, notices } = await open(temporary.path);
    const found = (await pages(history, { limit: 700 })).flat();
    expect(found).toEqual(all.toReversed());
    expect(notices).toEqual([]);
    expect(await history.get(all[3]!.id)).toEqual(all[3]);
    expect(await history.get('none')).toBeUndefined();
  });

  it('closes a segment at 1,000 jobs', async () => {
    await using temporary = await temporaryFolder();
    await recordAll((await open(temporary.path)).history, jobs(2001));
    expect(segmentsIn(temporary.path)).toEqual(['000001-2024-01.json', '000002-2024-01.json', '000003-2024-01.json']);
  });

  it('closes a segment at a month, and at none that comes before', async () => {
    await using temporary = await temporaryFolder();
    const { history } = await open(temporary.path);
    const ended = (n: number, endedAt: string): Job => ({ ...pastJob(n), endedAt });
    await history.record(ended(1, '2026-01-31T23:59:59.000Z'));
    await history.record(ended(2, '2026-02-01T00:00:00.000Z'));
    // The clock was set back.
    await history.record(ended(3, '2026-01-31T23:00:00.000Z'));
    await history.record(ended(4, '2026-02-02T00:00:00.000Z'));
    expect(segmentsIn(temporary.path)).toEqual(['000001-2026-01.json', '000002-2026-02.json']);
    expect((await history.list({ limit: 9 }, signal)).jobs.map(({ id }) => id)).toEqual(
      [4, 3, 2, 1].map((n) => pastJob(n).id),
    );
  });

  it('filters by every field, alone and together, as a search through all would', async () => {
    await using temporary = await temporaryFolder();
    const all = jobs(3300);
    await recordAll((await open(temporary.path)).history, all);
    const { history } = await open(temporary.path);
    const cases: readonly (readonly [Partial<HistoryQuery>, (job: Job) => boolean])[] = [
      [{ planId: 'plan-3' }, ({ planId }) => planId === 'plan-3'],
      [{ kind: 'drill' }, ({ kind }) => kind === 'drill'],
      [{ state: 'failed' }, ({ state }) => state === 'failed'],
      [{ repositoryId: 'nas' }, ({ repositoryIds }) => repositoryIds.includes('nas')],
      [{ text: 'NAS-3257.example' }, ({ error }) => error?.message.includes('nas-3257.example') === true],
      [{ text: 'no such text' }, () => false],
      [
        { planId: 'plan-2', state: 'failed', kind: 'drill' },
        (job) => job.planId === 'plan-2' && job.state === 'failed' && job.kind === 'drill',
      ],
      [{ planId: 'unknown' }, () => false],
    ];
    for (const [query, isMeant] of cases) {
      const found = (await pages(history, { ...query, limit: 40 })).flat();
      expect(
        found.map(({ id }) => id),
        JSON.stringify(query),
      ).toEqual(
        all
          .filter(isMeant)
          .toReversed()
          .map(({ id }) => id),
      );
    }
  });

  it('searches text that JSON writes in another way, in segments that are not in memory', async () => {
    await using temporary = await temporaryFolder();
    const odd = { ...pastJob(1000), reason: 'C:\\Daten\\"ÄRGER"' };
    await recordAll((await open(temporary.path)).history, [...jobs(1000), odd, ...jobs(1000, 1001)]);
    for (const text of ['\\daten\\', '"ärger"', 'Ärger']) {
      const { history } = await open(temporary.path);
      expect(
        (await history.list({ text, limit: 5 }, signal)).jobs.map(({ id }) => id),
        text,
      ).toEqual([pastJob(1000).id]);
    }
  });

  it('has full pages and no empty last one', async () => {
    await using temporary = await temporaryFolder();
    const { history } = await open(temporary.path);
    await recordAll(history, jobs(2000));
    expect((await pages(history, { limit: 500 })).map(({ length }) => length)).toEqual([500, 500, 500, 500]);
    expect((await pages(history, { state: 'failed', limit: 20 })).map(({ length }) => length)).toEqual([20, 20]);
    await expect(history.list({ cursor: 'x', limit: 1 }, signal)).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('pages on where it was while jobs are recorded', async () => {
    await using temporary = await temporaryFolder();
    const { history } = await open(temporary.path);
    await recordAll(history, jobs(995));
    const first = await history.list({ limit: 10 }, signal);
    await recordAll(history, jobs(20, 995));
    const second = await history.list({ limit: 10, cursor: first.next }, signal);
    expect(second.jobs.map(({ id }) => id)).toEqual(
      jobs(10, 975)
        .toReversed()
        .map(({ id }) => id),
    );
  });

  it('keeps a job once, however often it is recorded, also over a restart and the end of a segment', async () => {
    await using temporary = await temporaryFolder();
    const { history } = await open(temporary.path);
    await recordAll(history, [...jobs(1000), ...jobs(1000)]);
    await history.record(pastJob(999));
    await history.record(pastJob(1000));
    const again = await open(temporary.path);
    await again.history.record(pastJob(999));
    await again.history.record(pastJob(1000));
    expect((await pages(again.history, { limit: 1000 })).flat()).toHaveLength(1001);
  });

  it('stops when it is told to', async () => {
    await using temporary = await temporaryFolder();
    const { history } = await open(temporary.path);
    await recordAll(history, jobs(10));
    const reason = new Error('gone away');
    await expect(history.list({ limit: 1 }, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('trouble', () => {
  it('a torn segment is set aside and told, and the others stay', async () => {
    await using temporary = await temporaryFolder();
    const all = jobs(3500);
    await recordAll((await open(temporary.path)).history, all);
    const torn = join(temporary.path, '000002-2024-01.json');
    writeFileSync(torn, readFileSync(torn, 'utf8').slice(0, 5000));
    const { history, notices } = await open(temporary.path);
    const found = (await pages(history, { limit: 1000 })).flat();
    expect(found.map(({ id }) => id)).toEqual(
      [...all.slice(0, 1000), ...all.slice(2000)].toReversed().map(({ id }) => id),
    );
    expect(notices.map(({ message }) => message)).toEqual([expect.stringMatching(/000002-2024-01\.json is damaged/)]);
    expect(readdirSync(temporary.path).filter((name) => name.startsWith('000002-2024-01.json.bad-'))).toHaveLength(1);
    await history.record(pastJob(4000));
    expect((await open(temporary.path)).notices).toEqual([]);
  });

  it('a torn segment that was being filled costs itself alone', async () => {
    await using temporary = await temporaryFolder();
    await recordAll((await open(temporary.path)).history, jobs(1500));
    writeFileSync(join(temporary.path, '000002-2024-01.json'), '');
    const { history, notices } = await open(temporary.path);
    expect(notices).toHaveLength(1);
    await history.record(pastJob(2000));
    const found = (await pages(history, { limit: 1000 })).flat();
    expect(found.map(({ id }) => id)).toEqual([pastJob(2000), ...jobs(1000).toReversed()].map(({ id }) => id));
    expect(segmentsIn(temporary.path)).toContain('000003-2024-01.json');
  });

  it.each(['', '{}', '{"version":1,"segments":[{"name":7}]}'])('an index of %j is made again', async (text) => {
    await using temporary = await temporaryFolder();
    await recordAll((await open(temporary.path)).history, jobs(2500));
    writeFileSync(join(temporary.path, 'index.json'), text);
    const { history } = await open(temporary.path);
    expect((await pages(history, { state: 'failed', limit: 1000 })).flat()).toHaveLength(50);
    rmSync(join(temporary.path, 'index.json'), { force: true });
    expect((await pages((await open(temporary.path)).history, { limit: 1000 })).flat()).toHaveLength(2500);
  });

  it('files of a newer version stay as they are', async () => {
    await using temporary = await temporaryFolder();
    await recordAll((await open(temporary.path)).history, jobs(2500));
    const newer = {
      'index.json': '{"version":2,"how":"other"}',
      '000003-2024-01.json': '{"version":2,"jobs":"other"}',
    };
    for (const [name, text] of Object.entries(newer)) writeFileSync(join(temporary.path, name), text);
    const { history } = await open(temporary.path);
    await recordAll(history, jobs(1500, 3000));
    expect((await pages(history, { limit: 1000 })).flat()).toHaveLength(3500);
    for (const [name, text] of Object.entries(newer))
      expect(readFileSync(join(temporary.path, name), 'utf8')).toBe(text);
  });

  it('on a full disk the job is not in the history, and is when it is recorded again', async () => {
    await using temporary = await temporaryFolder();
    const disk = fullDisk();
    const { history } = await open(temporary.path, disk);
    await recordAll(history, jobs(1000));
    for (const left of [0, 1, 2]) {
      disk.left = left;
      await expect(history.record(pastJob(1000))).rejects.toMatchObject({ code: 'no-space' });
      expect(await history.get(pastJob(1000).id)).toBeUndefined();
    }
    disk.left = Number.POSITIVE_INFINITY;
    await history.record(pastJob(1000));
    const again = await open(temporary.path);
    expect((await pages(again.history, { limit: 1000 })).flat()).toHaveLength(1001);
    expect(again.notices).toEqual([]);
  });

  it('a folder that is removed while the agent runs is an empty history that goes on', async () => {
    await using temporary = await temporaryFolder();
    const folder = temporary.at('history');
    const { history, notices } = await open(folder);
    await recordAll(history, jobs(2500));
    expect((await history.list({ limit: 1000 }, signal)).jobs).toHaveLength(1000);
    rmSync(folder, { recursive: true });
    expect(await history.list({ limit: 10 }, signal)).toEqual({ jobs: [] });
    expect(await history.get(pastJob(3).id)).toBeUndefined();
    rmSync(folder, { recursive: true, force: true });
    await history.record(pastJob(9000));
    expect((await history.list({ limit: 10 }, signal)).jobs).toEqual([pastJob(9000)]);
    expect((await (await open(folder)).history.list({ limit: 10 }, signal)).jobs).toEqual([pastJob(9000)]);
    expect(notices).toEqual([]);
  });
});
