import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becameDone } from '../../../../src/agent/remotes/remote-news.ts';
import { RemoteStates } from '../../../../src/agent/remotes/remote-states.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import type { RemoteBackup } from '../../../../src/remote/remote.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';

let folder: TemporaryFolder;
let clock: FakeClock;
let states: RemoteStates;
const open = () => RemoteStates.open({ folder: folder.at('remotes'), clock, ids: ['panel'] });

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new FakeClock();
  states = await open();
});
afterEach(() => folder[Symbol.asyncDispose]());

const backup = (id: string, state: RemoteBackup['state'] = 'done', some: Partial<RemoteBackup> = {}): RemoteBackup => ({
  id,
  state,
  ...some,
});
const refused = new HoldfastError('network', 'Nobody listens.', { hint: 'Look whether it runs.' });
/** Asks at this moment. */
const answered = (...listed: RemoteBackup[]) => states.answered('panel', listed, clock.monotonicMs());

describe('what is known of remotes', () => {
  it('is there again after a restart', async () => {
    await answered(backup('a', 'done', { sizeBytes: 5, ignoredFiles: ['*.log'] }), backup('b', 'running'));
    const before = states.get('panel');
    expect((await open()).get('panel')).toEqual(before);
    expect(before.answeredAt).toBe('2026-03-01T12:00:00.000Z');
  });

  it('stays when the remote does not answer, however often', async () => {
    await answered(backup('a'));
    await states.failed('panel', refused);
    await clock.advance(60_000);
    const known = await states.failed('panel', refused);
    expect(known).toMatchObject({
      backups: [{ id: 'a' }],
      answeredAt: '2026-03-01T12:00:00.000Z',
      failure: { since: '2026-03-01T12:00:00.000Z', count: 2, code: 'network', hint: 'Look whether it runs.' },
    });
    expect((await open()).get('panel')).toEqual(known);
    await answered(backup('a'));
    expect(states.get('panel')).not.toHaveProperty('failure');
  });

  it('the first answer is no news; later ones say what is new, changed and gone', async () => {
    expect(await answered(backup('a', 'running'), backup('b'))).toEqual([]);
    expect(await answered(backup('c'), backup('a'))).toEqual([
      { change: 'new', backup: backup('c') },
      { change: 'changed', backup: backup('a'), before: 'running' },
      { change: 'gone', backup: backup('b') },
    ]);
    expect(await answered(backup('c'), backup('a', 'done', { name: 'x' }))).toEqual([
      { change: 'changed', backup: backup('a', 'done', { name: 'x' }) },
    ]);
    expect(await answered(backup('c'), backup('a', 'done', { name: 'x' }))).toEqual([]);
  });

  it('a listing that was begun before somebody saw or removed a backup does not take that back', async () => {
    await answered(backup('a', 'running'), backup('b'));
    const askedMs = clock.monotonicMs();
    await clock.advance(10);
    expect(await states.seen('panel', backup('a'))).toHaveLength(1);
    expect(await states.seen('panel', backup('new', 'queued'))).toHaveLength(1);
    expect(await states.removed('panel', 'b')).toHaveLength(1);
    expect(await states.answered('panel', [backup('a', 'running'), backup('b')], askedMs)).toEqual([]);
    expect(states.get('panel').backups).toEqual([backup('new', 'queued'), backup('a')]);
    await clock.advance(10);
    expect(await answered(backup('a'))).toEqual([{ change: 'gone', backup: backup('new', 'queued') }]);
  });

  it('something goes on while a backup is made or restored that no job follows', async () => {
    await answered(backup('a', 'running'));
    expect(states.busy('panel')).toEqual(['a']);
    const following = states.follow('panel', 'a');
    expect(states.busy('panel')).toEqual([]);
    following[Symbol.dispose]();
    expect(states.busy('panel')).toEqual(['a']);
    await answered(backup('a'));
    expect(states.busy('panel')).toEqual([]);
    await answered(backup('a', 'done', { restore: { state: 'running' } }));
    expect(states.busy('panel')).toEqual(['a']);
  });

  it('a damaged file is set aside, and told of', async () => {
    writeFileSync(folder.at('remotes', 'panel.json'), '{"version":1,"backups":[{}]}');
    states = await open();
    expect(states.get('panel')).toEqual({ backups: [] });
    expect(states.notices).toMatchObject([{ code: 'state-set-aside' }]);
  });

  it('is forgotten with the remote', async () => {
    await answered(backup('a'));
    await states.forget('panel');
    expect((await open()).get('panel')).toEqual({ backups: [] });
  });

  it.each([
    ['a new one that is done', { change: 'new', backup: backup('a') }, true],
    ['one that was running', { change: 'changed', backup: backup('a'), before: 'running' }, true],
    ['a done one with another name', { change: 'changed', backup: backup('a') }, false],
    ['one that failed', { change: 'changed', backup: backup('a', 'failed'), before: 'running' }, false],
    ['a done one that is gone', { change: 'gone', backup: backup('a') }, false],
  ] as const)('%s has become done: %o', (_, news, is) => {
    expect(becameDone(news)).toBe(is);
  });
});
