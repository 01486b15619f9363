/** The shell's small decisions: start, close, quit, bounds, updates. */
import { describe, expect, it } from 'vitest';
import { cannotStart, isHiddenLaunch, secondStartShowsWindow, showsWindow } from '../../../electron/app/launch.ts';
import { quitQuestion } from '../../../electron/app/quit-policy.ts';
import { languageOf } from '../../../electron/text/texts.ts';
import { checkEveryMs, updateDecision } from '../../../electron/update/update-policy.ts';
import { clampBounds } from '../../../electron/window/bounds.ts';
import { closeDecision } from '../../../electron/window/close-policy.ts';
import { agentView, job, now, startingView } from '../../support/agent-view.ts';

const { texts } = languageOf('en');

describe('the start', () => {
  const plain = { platform: 'linux', argv: ['holdfast'], openedAtLogin: false } as const;

  it('shows a window, unless it was at login', () => {
    expect(isHiddenLaunch(plain)).toBe(false);
    expect(isHiddenLaunch({ ...plain, argv: ['holdfast', '--hidden'] })).toBe(true);
    expect(isHiddenLaunch({ ...plain, platform: 'darwin', openedAtLogin: true })).toBe(true);
    expect(isHiddenLaunch({ ...plain, platform: 'win32', openedAtLogin: true })).toBe(false);
  });

  it('shows one all the same where no tray is known to show an icon', () => {
    expect(showsWindow(true, true)).toBe(false);
    expect(showsWindow(true, false)).toBe(true);
    expect(showsWindow(true, undefined)).toBe(true);
    expect(showsWindow(false, true)).toBe(true);
  });

  it('that finds a first one shows its window', () => {
    expect(secondStartShowsWindow(['holdfast'])).toBe(true);
    expect(secondStartShowsWindow(['holdfast', '--hidden'])).toBe(false);
  });

  it('is not done as root, for whom there is no sandbox', () => {
    expect(cannotStart({ platform: 'linux', uid: 0 })).toContain('root');
    expect(cannotStart({ platform: 'linux', uid: 1000 })).toBeUndefined();
    expect(cannotStart({ platform: 'darwin', uid: 0 })).toBeUndefined();
    expect(cannotStart({ platform: 'win32', uid: undefined })).toBeUndefined();
  });
});

describe('closing the window', () => {
  const facts = { platform: 'linux', isQuitting: false, hasTray: true, wasTold: false } as const;

  it('hides it, and says so once', () => {
    expect(closeDecision(facts)).toEqual({ do: 'hide', tell: true });
    expect(closeDecision({ ...facts, wasTold: true })).toEqual({ do: 'hide', tell: false });
    expect(closeDecision({ ...facts, platform: 'darwin', hasTray: false })).toEqual({ do: 'hide', tell: false });
  });

  it('ends the program where there is no tray to find it in, and closes when that ends', () => {
    expect(closeDecision({ ...facts, hasTray: false })).toEqual({ do: 'quit' });
    expect(closeDecision({ ...facts, isQuitting: true })).toEqual({ do: 'close' });
  });
});

describe('quitting', () => {
  it('asks while jobs run or wait, and keeps running by default', () => {
    const question = quitQuestion(agentView({ jobs: [job()] }), 'user', texts);
    expect(question).toMatchObject({ message: 'A job is running. Quit anyway?', defaultButton: 1 });
    expect(question?.buttons).toEqual(['Quit', 'Keep running']);
    const two = agentView({ jobs: [job(), job({ id: 'j2', state: 'queued' })] });
    expect(quitQuestion(two, 'user', texts)?.message).toContain('2 jobs');
  });

  it('does not ask when nothing stops by it, nor when the session ends', () => {
    expect(quitQuestion(agentView(), 'user', texts)).toBeUndefined();
    expect(quitQuestion(startingView, 'user', texts)).toBeUndefined();
    expect(quitQuestion(agentView({ jobs: [job()] }, { attached: true }), 'user', texts)).toBeUndefined();
    expect(quitQuestion(agentView({ jobs: [job()] }), 'session-end', texts)).toBeUndefined();
    expect(quitQuestion(agentView({ jobs: [job()] }), 'update', texts)).toBeDefined();
  });
});

describe('the bounds of the window', () => {
  const laptop = { x: 0, y: 25, width: 1440, height: 875 };
  const side = { x: 1440, y: 0, width: 1920, height: 1080 };

  it('are in the middle of the first display at the first start', () => {
    expect(clampBounds(undefined, [laptop])).toEqual({ x: 130, y: 73, width: 1180, height: 780 });
  });

  it('are what they were, on the display where they were', () => {
    const there = { x: 1600, y: 100, width: 1000, height: 700 };
    expect(clampBounds(there, [laptop, side])).toEqual(there);
  });

  it('are moved onto a display: the one that shows most of it, else the first', () => {
    expect(clampBounds({ x: -300, y: 500, width: 1000, height: 700 }, [laptop, side])).toEqual({
      x: 0,
      y: 200,
      width: 1000,
      height: 700,
    });
    expect(clampBounds({ x: 3000, y: 100, width: 1000, height: 700 }, [laptop, side])).toMatchObject({
      x: 2360,
      y: 100,
    });
    const gone = clampBounds({ x: 1600, y: 100, width: 1000, height: 700 }, [laptop]);
    expect(gone).toEqual({ x: 220, y: 113, width: 1000, height: 700 });
  });

  it('are never smaller than the window works with, nor larger than the display', () => {
    expect(clampBounds({ x: 10, y: 30, width: 1, height: 1 }, [laptop])).toMatchObject({ width: 900, height: 600 });
    expect(clampBounds({ x: 10, y: 30, width: 9_000, height: 9_000 }, [laptop])).toEqual(laptop);
    const small = { x: 0, y: 0, width: 800, height: 480 };
    expect(clampBounds(undefined, [small])).toEqual(small);
  });
});

describe('updates', () => {
  const facts = {
    isWanted: true,
    isPackaged: true,
    view: agentView(),
    lastCheckedAt: undefined,
    found: undefined,
    now,
  };
  const found = (isDownloaded: boolean) => ({ version: '2.0.0', isDownloaded });

  it('are looked for once a day, fetched, and offered', () => {
    expect(updateDecision(facts)).toBe('check');
    expect(updateDecision({ ...facts, lastCheckedAt: new Date(now.getTime() - checkEveryMs + 1) })).toBe('nothing');
    expect(updateDecision({ ...facts, lastCheckedAt: new Date(now.getTime() - checkEveryMs) })).toBe('check');
    expect(updateDecision({ ...facts, found: found(false) })).toBe('download');
    expect(updateDecision({ ...facts, found: found(true) })).toBe('offer');
  });

  it('never happen unless they are wanted, in an unpacked program, or while a job runs or waits', () => {
    for (const step of [undefined, found(false), found(true)]) {
      expect(updateDecision({ ...facts, found: step, isWanted: false })).toBe('nothing');
      expect(updateDecision({ ...facts, found: step, isPackaged: false })).toBe('nothing');
      expect(updateDecision({ ...facts, found: step, view: agentView({ jobs: [job()] }) })).toBe('nothing');
      expect(updateDecision({ ...facts, found: step, view: agentView({ jobs: [job({ state: 'queued' })] }) })).toBe(
        'nothing',
      );
    }
  });
});
