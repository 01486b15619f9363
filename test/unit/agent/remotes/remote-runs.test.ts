import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Readiness } from '../../../../src/agent/readiness/policy.ts';
import { RemoteCalls } from '../../../../src/agent/remotes/remote-calls.ts';
import { RemoteRuns } from '../../../../src/agent/remotes/remote-runs.ts';
import { RemoteStates } from '../../../../src/agent/remotes/remote-states.ts';
import type { Due } from '../../../../src/agent/schedule/assess-item.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import type { RemoteConfig } from '../../../../src/config/remote.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import { JobQueue } from '../../../../src/jobs/queue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeRemote } from '../../../support/fake-remote.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { never } from '../../repository/test-repository.ts';
import { jobOf } from '../plan-for-tests.ts';
import { remoteOf } from './remote-for-tests.ts';

const onTime: Due = { dueAt: new Date('2026-03-01T12:00:00Z'), missed: 0, late: false };
const onBattery: Readiness = { ready: false, reasons: [{ type: 'on-battery' }] };
const schedule = { trigger: { kind: 'interval', minutes: 60 }, order: { name: 'hourly' }, conditions: {} } as const;

let folder: TemporaryFolder;
let remote: FakeRemote;
let configs: RemoteConfig[];
let readiness: Readiness;
let recorded: Job[];
let putOff: string[];
let secrets: Map<string, string>;
let followed: string[];
let queue: JobQueue;
let runs: RemoteRuns;

beforeEach(async () => {
  folder = await temporaryFolder();
  const clock = new FakeClock();
  remote = new FakeRemote();
  configs = [remoteOf({ schedule })];
  readiness = { ready: true };
  recorded = [];
  putOff = [];
  secrets = new Map();
  followed = [];
  queue = new JobQueue({
    clock,
    store: { load: async () => [], save: async () => undefined },
    // What is queued is only looked at.
    run: (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    record: async (job) => void recorded.push(job),
    onChange: () => undefined,
    onTrouble: (error) => {
      throw error;
    },
    maxParallel: 0,
  });
  const remotes = {
    get all() {
      return configs;
    },
    get: (id: string) => {
      const found = configs.find((one) => one.id === id);
      if (found !== undefined) return found;
      throw new HoldfastError('not-found', 'There is none.');
    },
    open: async () => remote,
  };
  const states = await RemoteStates.open({ folder: folder.at('remotes'), clock, ids: [] });
  runs = new RemoteRuns({
    queue,
    remotes,
    calls: new RemoteCalls({ remotes, states, onSeen: () => undefined }),
    isFollowed: (_, id) => followed.includes(id),
    requireRepository: (id) => {
      if (id !== 'disk') throw new HoldfastError('not-found', 'There is none.');
    },
    secrets: {
      storeSecret: async (name, value) => {
        secrets.set(name, value);
        return 'file';
      },
    },
    readiness: async () => readiness,
    clock,
    onPutOff: (_, { text }) => void putOff.push(text),
    signal: never,
  });
});
afterEach(() => folder[Symbol.asyncDispose]());

const queued = () => queue.list().map(({ kind, trigger, input }) => ({ kind, trigger, ...input }));

describe('backups on remotes by themselves', () => {
  it('what is due is queued once, with the order of the schedule', async () => {
    expect(await runs.due('panel', onTime)).toBe('taken');
    expect(await runs.due('panel', onTime)).toBe('taken');
    expect(queue.list()).toMatchObject([
      {
        kind: 'remote-create',
        trigger: 'schedule',
        remoteId: 'panel',
        remoteName: 'Panel',
        repositoryIds: [],
        input: { remoteId: 'panel', order: { name: 'hourly' } },
      },
    ]);
  });

  it('what was missed is caught up with once, and says for how many', async () => {
    await runs.due('panel', { ...onTime, late: true, missed: 4 });
    expect(queue.list()).toMatchObject([{ trigger: 'catch-up', reason: 'Also for 4 earlier runs that were missed.' }]);
  });

  it('what is not ready stays due; it is recorded and told once for each reason', async () => {
    readiness = onBattery;
    expect(await runs.due('panel', onTime)).toBe('later');
    expect(await runs.due('panel', onTime)).toBe('later');
    expect(recorded).toMatchObject([{ kind: 'remote-create', state: 'skipped', reason: putOff[0] }]);
    expect(putOff).toHaveLength(1);
    expect(runs.waitingFor('panel')).toMatchObject({ type: 'on-battery' });
    readiness = { ready: true };
    expect(await runs.due('panel', onTime)).toBe('taken');
    expect(runs.waitingFor('panel')).toBeUndefined();
    expect(queued()).toHaveLength(1);
  });

  it('of one that was taken off the list, or has no schedule any more, nothing is made', async () => {
    configs = [remoteOf()];
    expect(await runs.due('panel', onTime)).toBe('taken');
    configs = [];
    expect(await runs.due('panel', onTime)).toBe('taken');
    expect(queued()).toEqual([]);
  });
});

describe('copies into a repository', () => {
  beforeEach(() => {
    configs = [remoteOf({ ingestInto: 'disk' })];
  });
  const done = { id: 'a', state: 'done' } as const;

  it('follow what a job of ours made', () => {
    const made = {
      kind: 'remote-create',
      state: 'done',
      remoteId: 'panel',
      result: { backupIds: ['a', 'b'] },
    } as const;
    expect(runs.followUpsOf(jobOf(made))).toMatchObject([
      { kind: 'ingest', repositoryIds: ['disk'], input: { remoteId: 'panel', backupId: 'a', repositoryId: 'disk' } },
      { kind: 'ingest', input: { backupId: 'b' } },
    ]);
    expect(runs.followUpsOf(jobOf({ ...made, state: 'failed' }))).toEqual([]);
    configs = [remoteOf()];
    expect(runs.followUpsOf(jobOf(made))).toEqual([]);
  });

  it('are made once of what somebody else made, and not of what a job follows', async () => {
    await runs.ingestNew(configs[0]!, [{ change: 'new', backup: done }]);
    await runs.ingestNew(configs[0]!, [{ change: 'changed', before: 'running', backup: done }]);
    followed = ['b'];
    await runs.ingestNew(configs[0]!, [{ change: 'new', backup: { id: 'b', state: 'done' } }]);
    await runs.ingestNew(configs[0]!, [{ change: 'new', backup: { id: 'c', state: 'running' } }]);
    expect(queued()).toMatchObject([{ kind: 'ingest', trigger: 'change', backupId: 'a', repositoryId: 'disk' }]);
  });

  it('of a remote that gives no archives, none are asked for', async () => {
    remote.capabilities = { ...remote.capabilities, actions: new Set() };
    await runs.ingestNew(configs[0]!, [{ change: 'new', backup: done }]);
    expect(queued()).toEqual([]);
  });
});

describe('by hand', () => {
  it.each([
    ['a field it does not take', () => runs.createNow('panel', { gzip: true }, never), 'unsupported'],
    [
      'a restore to another place',
      () => runs.restoreNow('panel', 'a', { target: '/x', truncate: false }, never),
      'unsupported',
    ],
    ['a download to a relative path', () => runs.downloadNow('panel', 'a', 'here', never), 'invalid-input'],
    ['a copy into no repository', () => runs.ingestNow('panel', 'a', 'nas', never), 'not-found'],
    ['a remote that is not there', () => runs.createNow('other', {}, never), 'not-found'],
  ])('%s is refused, and not queued', async (_, call, code) => {
    await expect(async () => call()).rejects.toMatchObject({ code });
    expect(queued()).toEqual([]);
  });

  it('what the dialect cannot do is refused by its name', async () => {
    remote.capabilities = { ...remote.capabilities, actions: new Set(), restoreTruncates: false };
    for (const call of [
      () => runs.restoreNow('panel', 'a', { truncate: false }, never),
      () => runs.downloadNow('panel', 'a', '/x', never),
      () => runs.importNow('panel', { group: 'g', databaseType: 'mysql', url: 'https://x/y' }, never),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('"panel"') });
    }
  });

  it('the address of an import is kept as a secret, and is not in the job', async () => {
    const url = 'https://me:canary@host/dump.gz';
    const job = await runs.importNow('panel', { group: 'g', databaseType: 'mysql', url }, never);
    expect(JSON.stringify(job)).not.toContain('canary');
    expect(secrets.get(String(job.input.addressSecret))).toBe(url);
  });
});
