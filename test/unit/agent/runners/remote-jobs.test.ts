import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import { Transport } from '../../../../src/remote/http/transport.ts';
import { type RunnerRig, runnerRig } from './runner-rig.ts';
import { tarOf } from './tar-for-tests.ts';

let rig: RunnerRig;
beforeEach(async () => {
  rig = await runnerRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const lost = new HoldfastError('network', 'The connection broke.', { retry: 'backoff' });
const of = (input: object = {}) => ({ remoteId: 'panel', remoteName: 'Panel', input: { remoteId: 'panel', ...input } });
const create = { kind: 'remote-create', ...of({ order: { name: 'nightly' } }) } as const;
/** Resolves when the remote was asked so. */
const asked = async (call: string): Promise<void> => {
  while (!rig.remote.calls.includes(call)) await new Promise((resolve) => setImmediate(resolve));
};

describe('a backup on a remote', () => {
  it('is asked for, followed to its end, and told of', async () => {
    const running = rig.run(create);
    await asked('wait made-1');
    rig.remote.put({ id: 'made-1', state: 'done', sizeBytes: 7 });
    expect(await running).toMatchObject({ result: { remoteId: 'panel', backupIds: ['made-1'], bytes: 7 } });
    expect(rig.seen[0]).toBe('made-1 running');
    expect(rig.seen.at(-1)).toBe('made-1 done');
    expect(rig.progress.map(({ phase }) => phase)).toEqual(
      expect.arrayContaining(['asking the remote', 'running on the remote']),
    );
  });

  it('that was interrupted is followed, and not made again', async () => {
    const agentEnds = new AbortController();
    const first = rig.run(create, agentEnds.signal);
    await asked('wait made-1');
    agentEnds.abort(new HoldfastError('cancelled', 'The agent ends.'));
    await expect(first).rejects.toMatchObject({ message: 'The agent ends.' });
    rig.remote.put({ id: 'made-1', state: 'done' });
    expect(await rig.run({ ...create, retryOf: 'job1' })).toMatchObject({ result: { backupIds: ['made-1'] } });
    expect(rig.remote.calls.filter((call) => call === 'create')).toHaveLength(1);
    expect(rig.remote.calls).not.toContain('cancel made-1');
  });

  it('whose answer was lost is found by what came since', async () => {
    rig.remote.put({ id: 'older', state: 'done' });
    rig.remote.loseAnswer = lost;
    await expect(rig.run(create)).rejects.toBe(lost);
    rig.remote.put({ id: 'made-1', state: 'done' });
    expect(await rig.run({ ...create, retryOf: 'job1' })).toMatchObject({ result: { backupIds: ['made-1'] } });
    expect(rig.remote.calls.filter((call) => call === 'create')).toHaveLength(1);
  });

  it('that the remote never got is asked for again', async () => {
    rig.remote.failCreate = lost;
    await expect(rig.run(create)).rejects.toBe(lost);
    rig.remote.failCreate = undefined;
    const again = rig.run({ ...create, retryOf: 'job1' });
    await asked('wait made-1');
    rig.remote.put({ id: 'made-1', state: 'done' });
    await again;
    expect(rig.remote.calls.filter((call) => call === 'create')).toHaveLength(2);
  });

  it('is ended there when its job is cancelled', async () => {
    const stop = new AbortController();
    const running = rig.run(create, stop.signal, true);
    await asked('wait made-1');
    stop.abort(new HoldfastError('cancelled', 'Cancelled by the user.'));
    await expect(running).rejects.toMatchObject({ message: 'Cancelled by the user.' });
    expect(rig.remote.backups).toMatchObject([{ id: 'made-1', state: 'cancelled' }]);
  });

  it('that fails there fails, with what the remote says, and the next try makes another one', async () => {
    const running = rig.run(create);
    await asked('wait made-1');
    rig.remote.put({ id: 'made-1', state: 'failed', error: 'disk full' });
    await expect(running).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('disk full') });
    const again = rig.run({ ...create, retryOf: 'job1' });
    await asked('wait made-2');
    rig.remote.put({ id: 'made-2', state: 'done' });
    expect(await again).toMatchObject({ result: { backupIds: ['made-2'] } });
  });

  it('with fields that the dialect does not take is refused, and not asked for', async () => {
    const gzip = { kind: 'remote-create', ...of({ order: { gzip: true } }) } as const;
    await expect(rig.run(gzip)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/panel.*gzip/),
    });
    expect(rig.remote.calls).not.toContain('create');
  });
});

describe('a restore on a remote', () => {
  const restore = { kind: 'remote-restore', ...of({ backupId: 'a', truncate: true }) } as const;
  beforeEach(() => rig.remote.put({ id: 'a', state: 'done' }));

  it('is asked for and followed', async () => {
    rig.remote.restoreState = { state: 'done', target: '/srv' };
    expect(await rig.run(restore)).toMatchObject({ result: { backupId: 'a', target: '/srv' } });
    expect(rig.remote.calls).toEqual(['restore a truncate', 'restoreStatus restore-a']);
  });

  it('that was interrupted is followed, and not asked for again', async () => {
    rig.remote.restoreState = { state: 'running' };
    const agentEnds = new AbortController();
    const first = rig.run(restore, agentEnds.signal);
    await asked('restoreStatus restore-a');
    agentEnds.abort(new HoldfastError('cancelled', 'The agent ends.'));
    await expect(first).rejects.toThrow('The agent ends.');
    rig.remote.restoreState = { state: 'done' };
    await rig.run({ ...restore, retryOf: 'job1' });
    expect(rig.remote.calls.filter((call) => call.startsWith('restore a'))).toHaveLength(1);
  });

  it('whose answer was lost is not asked for again, and says so', async () => {
    await rig.remotes.jobs.set('before', { askedAt: '2026-03-01T12:00:00.000Z' });
    await expect(rig.run({ ...restore, retryOf: 'before' })).rejects.toMatchObject({ code: 'conflict' });
    expect(rig.remote.calls).toEqual([]);
  });

  it('that fails there fails, with what the remote says', async () => {
    rig.remote.restoreState = { state: 'failed', message: 'no room' };
    await expect(rig.run(restore)).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('no room') });
  });
});

describe('archives', () => {
  const archive = gzipSync(tarOf({ 'docs/a.txt': 'all is well', 'docs/b.txt': 'too' }));
  let served: Buffer;
  let requests: string[];
  let close: () => Promise<void>;

  beforeEach(async () => {
    served = archive;
    requests = [];
    const server = createServer((request, response) => {
      requests.push(request.headers.range ?? 'all');
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.setHeader('etag', '"1"');
      if (from > 0) {
        response.writeHead(206, { 'content-range': `bytes ${from}-${served.length - 1}/${served.length}` });
      }
      response.end(served.subarray(from));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/archive`;
    const transport = new Transport({ clock: systemClock, random: Math.random, userAgent: 'test' });
    rig.remote.archive = {
      fileName: 'site.tar.gz',
      segments: [{ name: 'all', open: async () => ({ url }) }],
      transport,
    };
    rig.remote.put({ id: 'a', state: 'done', createdAt: '2026-02-03T04:05:06.000Z' });
    close = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
  });
  afterEach(() => close());

  it('are downloaded beside what is there, never over it', async () => {
    const folder = rig.folder.at('downloads');
    mkdirSync(folder);
    writeFileSync(`${folder}/site.tar.gz`, 'mine');
    const job = { kind: 'download', ...of({ backupId: 'a', folder }) } as const;
    expect(await rig.run(job)).toMatchObject({
      result: { target: `${folder}/site (2).tar.gz`, bytes: archive.length },
    });
    expect(await rig.run(job)).toMatchObject({ result: { target: `${folder}/site (3).tar.gz` } });
    expect(readFileSync(`${folder}/site.tar.gz`, 'utf8')).toBe('mine');
    expect(readFileSync(`${folder}/site (2).tar.gz`)).toEqual(archive);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('with hostile names stay in the folder', async () => {
    const folder = rig.folder.at('downloads');
    mkdirSync(folder);
    rig.remote.archive = { ...rig.remote.archive!, fileName: '../../evil\u202e.tar.gz' };
    const { result } = await rig.run({ kind: 'download', ...of({ backupId: 'a', folder }) });
    expect(result?.target).toMatch(/downloads\/[^/]*evil_\.tar\.gz$/);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('a folder that is not there is told of', async () => {
    const folder = rig.folder.at('nowhere');
    await expect(rig.run({ kind: 'download', ...of({ backupId: 'a', folder }) })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(folder),
    });
    expect(existsSync(folder)).toBe(false);
  });

  const ingest = { kind: 'ingest', repositoryIds: ['disk'], ...of({ backupId: 'a', repositoryId: 'disk' }) } as const;

  it('are taken into a repository once, as of the time when they were made', async () => {
    expect(await rig.run(ingest)).toMatchObject({ result: { isNew: true, totalFiles: 2 } });
    expect(await rig.run(ingest)).toMatchObject({ result: { isNew: false } });
    const snapshots = await rig.snapshots();
    expect(snapshots).toHaveLength(1);
    const { snapshot } = snapshots[0]!;
    expect(snapshot).toMatchObject({ hostname: 'Panel', tags: ['remote:panel', 'remote-backup:a'] });
    expect(JSON.stringify(snapshot)).toContain('2026-02-03T04:05:06');
    expect(requests).toHaveLength(1);
    expect(readdirSync(rig.remotes.scratchFolder)).toEqual([]);
  });

  it.each([
    ['no archive', () => Buffer.from('this is no archive at all')],
    ['an archive that leads out', () => tarOf({ '../evil.txt': 'evil' })],
    ['half an archive', () => archive.subarray(0, archive.length - 20)],
  ])('%s is refused: no snapshot, and no rest of it', async (_, bytes) => {
    served = bytes();
    await expect(rig.run(ingest)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(await rig.snapshots()).toEqual([]);
    expect(readdirSync(rig.remotes.scratchFolder)).toEqual([]);
    expect(existsSync(rig.folder.at('evil.txt'))).toBe(false);
  });
});
