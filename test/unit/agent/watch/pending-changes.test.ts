import { describe, expect, it } from 'vitest';
import { PendingChanges } from '../../../../src/agent/watch/pending-changes.ts';

const snapshot = 'ab'.repeat(32);
const heard = (...folders: string[]) => ({ folders, subtrees: [] });

/** Of a plan that is watched, and was saved once. */
const savedOnce = (...plans: string[]): PendingChanges => {
  const pending = new PendingChanges();
  for (const plan of plans) {
    pending.begin(plan);
    pending.take(plan);
    pending.saved(plan, snapshot, []);
  }
  return pending;
};

describe('changes that wait for a backup', () => {
  it('are everything, each time, where nobody watches', () => {
    const pending = new PendingChanges();
    const first = pending.take('home');
    pending.saved('home', snapshot, ['/unreadable']);
    pending.hear('home', heard('/a'));
    expect(pending.take('home')).toEqual({ since: undefined, folders: new Set(), subtrees: new Set() });
    pending.giveBack('home', first);
    expect(pending.count('home')).toBe(0);
  });

  it('are everything once a watch begins anew, also where a run of before ends then', () => {
    const pending = savedOnce('home');
    const taken = pending.take('home');
    pending.drop('home');
    pending.begin('home');
    pending.saved('home', snapshot, []);
    expect(taken.since).toBe(snapshot);
    expect(pending.take('home').since).toBeUndefined();
  });

  it('are everything where a run failed while another saved', () => {
    const pending = savedOnce('home');
    const failing = pending.take('home');
    pending.hear('home', heard('/only-in-the-other'));
    pending.take('home');
    pending.saved('home', 'cd'.repeat(32), []);
    pending.giveBack('home', failing);
    expect(pending.take('home').since).toBeUndefined();
  });

  it('are a look at everything until a run was saved', () => {
    const pending = new PendingChanges();
    pending.begin('home');
    pending.hear('home', heard('/a'));
    expect(pending.take('home')).toMatchObject({ since: undefined });
  });

  it('are what was heard since the last run', () => {
    const pending = savedOnce('home');
    pending.hear('home', { folders: ['/a', '/b'], subtrees: ['/c'] });
    expect(pending.count('home')).toBe(3);
    expect(pending.take('home')).toEqual({
      since: snapshot,
      folders: new Set(['/a', '/b']),
      subtrees: new Set(['/c']),
    });
    expect(pending.count('home')).toBe(0);
  });

  it('come back when the run fails, with what was heard meanwhile', () => {
    const pending = savedOnce('home');
    pending.hear('home', heard('/a'));
    const taken = pending.take('home');
    pending.hear('home', heard('/b'));
    pending.giveBack('home', taken);
    expect(pending.take('home')).toMatchObject({ since: snapshot, folders: new Set(['/a', '/b']) });
  });

  it('keep what was heard while the run saved, and what the run could not read', () => {
    const pending = savedOnce('home');
    pending.take('home');
    pending.hear('home', heard('/while'));
    pending.saved('home', snapshot, ['/unreadable']);
    expect(pending.take('home').folders).toEqual(new Set(['/while', '/unreadable']));
  });

  it('are everything once something may have been missed, also while a run goes on', () => {
    const pending = savedOnce('home');
    pending.lose('home');
    expect(pending.take('home').since).toBeUndefined();

    pending.saved('home', snapshot, []);
    pending.take('home');
    pending.lose('home');
    pending.saved('home', snapshot, []);
    expect(pending.take('home').since).toBeUndefined();
  });

  it('a failed run after a loss stays a look at everything', () => {
    const pending = savedOnce('home');
    const taken = pending.take('home');
    pending.lose('home');
    pending.giveBack('home', taken);
    expect(pending.take('home').since).toBeUndefined();
  });

  it('of one plan are not those of another', () => {
    const pending = savedOnce('home', 'work');
    pending.hear('home', heard('/a'));
    expect(pending.count('work')).toBe(0);
    pending.drop('home');
    expect(pending.count('home')).toBe(0);
  });
});
