import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Notice, Notices } from '../../../src/agent/notices.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';

const day = 24 * 3_600_000;
const failed = { level: 'error', code: 'backup-failed', message: 'No.', planId: 'home' } as const;

let folder: TemporaryFolder;
let clock: FakeClock;
let told: Notice[];

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new FakeClock();
  told = [];
});
afterEach(() => folder[Symbol.asyncDispose]());

const open = async () => {
  const notices = await Notices.open({
    path: folder.at('notices.json'),
    clock,
    onTrouble: (error) => {
      throw error;
    },
  });
  notices.subscribe((notice) => told.push(notice));
  return notices;
};

describe('notices', () => {
  it('are told once a day for each code and subject', async () => {
    const notices = await open();
    notices.add(failed);
    notices.add({ ...failed, message: 'No, again.' });
    notices.add({ ...failed, planId: 'work' });
    notices.add({ ...failed, code: 'plan-overdue' });
    expect(told).toHaveLength(3);
    await clock.advance(day);
    notices.add({ ...failed, message: 'Still no.' });
    expect(told.at(-1)?.message).toBe('Still no.');
    expect(notices.list().filter(({ planId, code }) => planId === 'home' && code === failed.code)).toHaveLength(1);
    await notices.flush();
  });

  it('survive a restart, and are not told again then', async () => {
    const before = await open();
    before.add(failed);
    await before.flush();
    const after = await open();
    expect(after.list()).toMatchObject([failed]);
    after.add(failed);
    expect(told).toHaveLength(1);
    await after.flush();
  });

  it('are gone when they were read, or are no longer true', async () => {
    const notices = await open();
    notices.add(failed);
    notices.add({ ...failed, planId: 'work' });
    expect(notices.dismiss(notices.list()[0]!.id)).toBe(true);
    expect(notices.dismiss('none')).toBe(false);
    expect(notices.list().map(({ planId }) => planId)).toEqual(['home']);
    notices.settle('backup-failed', { planId: 'home' });
    expect(notices.list()).toEqual([]);
    await notices.flush();
  });

  it('are listed again when they are true again, and told again unless the same was told that day', async () => {
    const notices = await open();
    notices.add(failed);
    notices.settle('backup-failed', { planId: 'home' });
    notices.add(failed);
    expect([notices.list().length, told.length]).toEqual([1, 1]);
    notices.settle('backup-failed', { planId: 'home' });
    notices.add({ ...failed, message: 'For another reason.' });
    expect([notices.list().length, told.length]).toEqual([1, 2]);
    notices.dismiss(notices.list()[0]!.id);
    notices.add(failed);
    expect([notices.list().length, told.length]).toEqual([0, 2]);
    notices.settle('backup-failed', { planId: 'home' });
    notices.add(failed);
    expect([notices.list().length, told.length]).toEqual([1, 3]);
    await notices.flush();
  });

  it('newest first, and not without end', async () => {
    const notices = await open();
    for (let n = 0; n < 150; n++) notices.add({ ...failed, planId: `plan-${n}` });
    expect(notices.list()).toHaveLength(100);
    expect(notices.list()[0]?.planId).toBe('plan-149');
    await notices.flush();
  });

  it('a torn file is set aside, and told', async () => {
    writeFileSync(folder.at('notices.json'), '{"version":1,"noti');
    const notices = await open();
    expect(notices.list()).toMatchObject([{ code: 'state-set-aside', level: 'warning' }]);
    await notices.flush();
  });

  it('a clock that was set back keeps nothing from being told for ever', async () => {
    const notices = await open();
    clock.jumpWallClock(365 * day);
    notices.add(failed);
    clock.jumpWallClock(-365 * day);
    notices.add({ ...failed, message: 'Now.' });
    expect(told.at(-1)?.message).toBe('Now.');
    await notices.flush();
  });
});
