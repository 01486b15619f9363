import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/base/errors.ts';
import { JobLogs } from '../../../src/jobs/job-logs.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const all = { offset: 0, limit: 100_000 };
const dayMs = 24 * 60 * 60 * 1000;

describe('a job’s log', () => {
  it('can be read while the job runs and after it, in pages', async () => {
    await using temporary = await temporaryFolder();
    const clock = new FakeClock();
    const logs = new JobLogs({ folder: temporary.path, clock });
    const log = logs.open('job-1');
    log.write('info', 'Begun');
    await clock.advance(500);
    log.write('warning', 'ünïcode\nand two lines');
    expect(await logs.readLog('job-1', all, signal)).toEqual({
      lines: [
        { time: '2026-03-01T12:00:00.000Z', level: 'info', text: 'Begun' },
        { time: '2026-03-01T12:00:00.500Z', level: 'warning', text: 'ünïcode\nand two lines' },
      ],
      total: 2,
    });
    for (let n = 2; n < 50; n++) log.write('info', `line ${n}`);
    await logs.close('job-1');
    const { lines, total } = await new JobLogs({ folder: temporary.path, clock }).readLog(
      'job-1',
      { offset: 10, limit: 3 },
      signal,
    );
    expect([lines.map(({ text }) => text), total]).toEqual([['line 10', 'line 11', 'line 12'], 50]);
    if (process.platform !== 'win32') expect(lstatSync(temporary.at('2026-03', 'job-1.log')).mode & 0o777).toBe(0o600);
    expect(clock.sleeping).toBe(0);
  });

  it('is appended to once a second, not at every line', async () => {
    await using temporary = await temporaryFolder();
    const clock = new FakeClock();
    const log = new JobLogs({ folder: temporary.path, clock }).open('job-1');
    for (let n = 0; n < 10; n++) log.write('info', `line ${n}`);
    await clock.advance(999);
    expect(existsSync(temporary.at('2026-03', 'job-1.log'))).toBe(false);
    await clock.advance(1);
    await log.flush();
    expect(statSync(temporary.at('2026-03', 'job-1.log')).size).toBeGreaterThan(500);
  });

  it('lists files that could not be read, apart from the lines', async () => {
    await using temporary = await temporaryFolder();
    const logs = new JobLogs({ folder: temporary.path, clock: new FakeClock() });
    const log = logs.open('job-1');
    log.problem('/home/me/a', new HoldfastError('permission', 'Cannot read /home/me/a', { hint: 'Look.' }));
    log.problem('/home/me/b', 'odd');
    expect(log.problems).toBe(2);
    expect(await logs.readProblems('job-1', { offset: 0, limit: 1 }, signal)).toEqual({
      problems: [{ path: '/home/me/a', message: 'Cannot read /home/me/a. Look.' }],
      total: 2,
    });
    expect(await logs.readLog('job-1', all, signal)).toEqual({ lines: [], total: 0 });
  });

  it('stops at its size and says so; the count of problems goes on', async () => {
    await using temporary = await temporaryFolder();
    const logs = new JobLogs({ folder: temporary.path, clock: new FakeClock(), mostBytes: 10_000 });
    const log = logs.open('job-1');
    for (let n = 0; n < 1000; n++) {
      log.write('info', `a line of some length, number ${n}`);
      log.problem(`/home/me/${n}`, 'gone');
    }
    await logs.close('job-1');
    const { lines } = await logs.readLog('job-1', all, signal);
    expect(lines.at(-1)?.text).toMatch(/log is full/);
    expect(lines.filter(({ text }) => text.includes('full'))).toHaveLength(1);
    expect(lines[50]?.text).toBe('a line of some length, number 50');
    expect((await logs.readProblems('job-1', all, signal)).problems.at(-1)?.message).toMatch(/list is full/);
    for (const name of ['job-1.log', 'job-1.problems']) {
      expect(statSync(temporary.at('2026-03', name)).size).toBeLessThanOrEqual(10_000);
    }
    expect(log.problems).toBe(1000);
  });

  it('goes on after the end of a month and over a stop, in order', async () => {
    await using temporary = await temporaryFolder();
    const clock = new FakeClock('2026-03-31T23:59:00Z');
    const before = new JobLogs({ folder: temporary.path, clock });
    before.open('job-1').write('info', 'stopped');
    await before.close('job-1');
    await clock.advance(120_000);
    const after = new JobLogs({ folder: temporary.path, clock });
    after.open('job-1').write('info', 'went on');
    expect((await after.readLog('job-1', all, signal)).lines.map(({ text }) => text)).toEqual(['stopped', 'went on']);
  });

  it('leaves out a line that a kill cut in two', async () => {
    await using temporary = await temporaryFolder();
    const logs = new JobLogs({ folder: temporary.path, clock: new FakeClock() });
    logs.open('job-1').write('info', 'whole');
    await logs.close('job-1');
    appendFileSync(temporary.at('2026-03', 'job-1.log'), '{"time":"2026-03-01T12:00:00.000Z","lev');
    expect((await logs.readLog('job-1', all, signal)).lines.map(({ text }) => text)).toEqual(['whole']);
  });

  it('never fails its job, and is empty where it was removed', async () => {
    await using temporary = await temporaryFolder();
    writeFileSync(temporary.at('file'), '');
    const nowhere = new JobLogs({ folder: temporary.at('file'), clock: new FakeClock() });
    nowhere.open('job-1').write('info', 'lost');
    await nowhere.close('job-1');
    const logs = new JobLogs({ folder: temporary.at('logs'), clock: new FakeClock() });
    logs.open('job-1').write('info', 'first');
    await logs.open('job-1').flush();
    rmSync(temporary.at('logs'), { recursive: true });
    expect(await logs.readLog('job-1', all, signal)).toEqual({ lines: [], total: 0 });
    logs.open('job-1').write('info', 'second');
    expect((await logs.readLog('job-1', all, signal)).lines.map(({ text }) => text)).toEqual(['second']);
  });

  it.each(['../secret', 'a/b', '', '.', 'a'.repeat(65)])('%j is no id', async (id) => {
    await using temporary = await temporaryFolder();
    const logs = new JobLogs({ folder: temporary.path, clock: new FakeClock() });
    await expect(logs.readLog(id, all, signal)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('removeOld', () => {
  it('removes what was last written before so many days, and empty months', async () => {
    await using temporary = await temporaryFolder();
    const clock = new FakeClock();
    const logs = new JobLogs({ folder: temporary.path, clock });
    const ages: Readonly<Record<string, number>> = {
      '2025-10/old.log': 150,
      '2025-12/old.log': 91,
      '2025-12/young.log': 89,
    };
    for (const [name, days] of Object.entries(ages)) {
      const path = temporary.at(...name.split('/'));
      writeFileSync(path, '{}\n');
      const seconds = (clock.now().getTime() - days * dayMs) / 1000;
      utimesSync(path, seconds, seconds);
    }
    mkdirSync(temporary.at('elsewhere'));
    expect(await logs.removeOld(90, signal)).toBe(2);
    expect(readdirSync(temporary.path).sort()).toEqual(['2025-12', 'elsewhere']);
    expect(readdirSync(temporary.at('2025-12'))).toEqual(['young.log']);
    await expect(logs.removeOld(1, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});
