import { describe, expect, it } from 'vitest';
import { noticeView } from '../../../electron/notify/notice-view.ts';
import {
  agentGoneNotification,
  jobNotification,
  noticeNotification,
} from '../../../electron/notify/notification-policy.ts';
import { languageOf } from '../../../electron/text/texts.ts';
import { viewPath } from '../../../src/control/shell.ts';
import { job, notice } from '../../support/agent-view.ts';

const { texts } = languageOf('en');
const away = { wanted: 'all', windowHasFocus: false, texts } as const;

describe('a notice', () => {
  it('is shown when it is a problem, with what to do, and leads to what it is about', () => {
    expect(noticeNotification(notice({ hint: 'Try again.', planId: 'p' }), away)).toEqual({
      title: 'Holdfast: problem',
      body: 'Documents could not be saved.\nTry again.',
      view: { view: 'plans', id: 'p' },
    });
    expect(noticeNotification(notice({ level: 'warning' }), away)?.title).toBe('Holdfast: please have a look');
  });

  it('is told in German on a German desktop', () => {
    const said = notice({
      message: 'The backup of "Fotos" failed: The source /a is missing. Nothing was backed up.',
      hint: 'Check the password.',
    });
    expect(noticeNotification(said, { ...away, texts: languageOf('de-AT').texts })).toMatchObject({
      title: 'Holdfast: Problem',
      body: 'Die Sicherung von „Fotos“ ist fehlgeschlagen: Die Quelle /a fehlt. Es wurde nichts gesichert.\nPrüfen Sie das Passwort.',
    });
  });

  it('is not shown when it is only informative, when the window has the focus, or when none are wanted', () => {
    expect(noticeNotification(notice({ level: 'info' }), away)).toBeUndefined();
    expect(noticeNotification(notice(), { ...away, windowHasFocus: true })).toBeUndefined();
    expect(noticeNotification(notice(), { ...away, wanted: 'none' })).toBeUndefined();
    expect(noticeNotification(notice(), { ...away, wanted: 'problems' })).toBeDefined();
  });

  it.each([
    ['/jobs/j', { jobId: 'j', planId: 'p', repositoryId: 'r' }],
    ['/plans/p', { planId: 'p', repositoryId: 'r' }],
    ['/remotes/m', { remoteId: 'm', repositoryId: 'r' }],
    ['/repositories/r', { repositoryId: 'r' }],
    ['/', {}],
  ] as const)('leads to %s', (path, subject) => {
    expect(viewPath(noticeView(notice(subject)))).toBe(path);
  });
});

describe('the end of a job', () => {
  const restored = job({ kind: 'restore', state: 'done' });

  it.each(['restore', 'download', 'remote-restore'] as const)('is told where the user waits for it: %s', (kind) => {
    expect(jobNotification({ ...restored, kind }, away)).toEqual({
      title: kind === 'download' ? 'Download finished' : 'Restore finished',
      body: 'Documents',
      view: { view: 'jobs', id: 'j1' },
    });
    const error = { code: 'io', message: 'The disk is gone.', retry: 'never', context: {} } as const;
    expect(
      jobNotification({ ...restored, kind, state: 'failed', error }, { ...away, wanted: 'problems' }),
    ).toMatchObject({
      title: kind === 'download' ? 'Download failed' : 'Restore failed',
      body: 'The disk is gone.',
    });
  });

  it('is not told otherwise', () => {
    expect(jobNotification(job({ state: 'done' }), away)).toBeUndefined();
    expect(jobNotification({ ...restored, trigger: 'schedule' }, away)).toBeUndefined();
    expect(jobNotification({ ...restored, input: { dryRun: true } }, away)).toBeUndefined();
    expect(jobNotification({ ...restored, state: 'cancelled' }, away)).toBeUndefined();
    expect(jobNotification(restored, { ...away, windowHasFocus: true })).toBeUndefined();
    expect(jobNotification(restored, { ...away, wanted: 'problems' })).toBeUndefined();
    expect(jobNotification(restored, { ...away, wanted: 'none' })).toBeUndefined();
  });
});

describe('an agent that does not stay', () => {
  it('is told, unless none are wanted', () => {
    expect(agentGoneNotification('It ended with code 1.', away)).toMatchObject({
      body: expect.stringMatching(/^It ended with code 1\. /),
    });
    expect(agentGoneNotification('x', { wanted: 'none', texts })).toBeUndefined();
  });
});
