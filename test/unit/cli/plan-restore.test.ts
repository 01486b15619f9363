/** Snapshots of a plan by the command line: lists, folders, differences, restores, downloads. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../src/cli/program.ts';
import { agentServer, jobOf, planOf, type SomeHandlers } from './agent-server.ts';
import { capture } from './capture.ts';

const run = (...args: string[]) => capture(() => runProgram(args, '1.2.3'));
const ids = { old: 'a1'.repeat(32), new: 'a2'.repeat(32), copy: 'c2'.repeat(32) };
const times = { old: '2026-11-20T08:15:00.000Z', new: '2026-11-21T08:15:00.000Z' };

function snapshotOf(id: string, time: string, repositoryId = 'default') {
  const texts = { hostname: 'desk', username: 'me', paths: ['/home/me'], tags: ['plan:docs', 'laptop'] };
  return { id, repositoryId, time, ...texts, planId: 'docs', files: 3, bytes: 4096, bytesAdded: 1024 };
}

/** An agent with the plan "docs" and its snapshots: two, and a copy of the newer one. */
async function agentWith(handlers: SomeHandlers['snapshots'] = {}) {
  const all = [snapshotOf(ids.copy, times.new, 'nas'), snapshotOf(ids.new, times.new), snapshotOf(ids.old, times.old)];
  const server = await agentServer({
    snapshots: {
      list: ({ query }) => ({
        snapshots: all.filter((one) => (query.repositoryId ?? one.repositoryId) === one.repositoryId),
        unread: [],
      }),
      restore: ({ body }) => {
        const result = { dryRun: body.dryRun, files: { restored: 2, updated: 1, unchanged: 4 }, bytesRestored: 2048 };
        server.state.jobs.push(jobOf('back', { kind: 'restore', state: 'done', planName: 'docs', result }));
        return jobOf('back', { kind: 'restore' });
      },
      ...handlers,
    },
  });
  server.state.plans.push(planOf('docs', { repositories: ['default', 'nas'] }));
  const last = (method: string) => server.asked.findLast((asked) => asked.method === `snapshots.${method}`)?.input;
  return Object.assign(server, { last });
}

describe('plan snapshots', () => {
  it('lists them, the newest first', async () => {
    await using server = await agentWith();
    const seen = await run('plan', 'snapshots', 'docs', '-n', '2');
    expect(seen.stdout).toMatch(/a2a2a2a2 .*default .*laptop .*4\.000 KiB.*\nc2c2c2c2 .*nas/);
    expect(seen.stdout).toContain('2 snapshots of 3.');
    expect(server.last('list')).toEqual({ query: { planId: 'docs', limit: 10_000 } });
    const json = await run('plan', 'snapshots', 'docs', '--json', '--repository', 'default');
    expect(JSON.parse(json.stdout)).toMatchObject([{ id: ids.new }, { id: ids.old }]);
  });
});

describe('plan browse', () => {
  const entry = (n: number) => ({ name: `ä${n}`, path: `/home/me/ä${n}`, type: 'file' as const, mtime: times.old });

  it('reads all pages of a folder', async () => {
    await using server = await agentWith({
      browse: ({ query: { path, offset, limit } }) => ({
        path,
        total: 1001,
        entries: Array.from({ length: Math.min(limit, 1001 - offset) }, (_, at) => entry(offset + at)),
      }),
    });
    const seen = await run('plan', 'browse', 'docs', 'letters', '--snapshot', 'a1', '--sort', 'size', '--reverse');
    expect(seen.stdout).toContain('ä1000\n1001 entries.');
    const query = { repositoryId: 'default', path: '/home/me/letters', sort: 'size', descending: true };
    expect(server.last('browse')).toEqual({ params: { id: ids.old }, query: { ...query, offset: 1000, limit: 1000 } });
    await run('plan', 'browse', 'docs', '--json');
    expect(server.last('browse')).toMatchObject({ params: { id: ids.new }, query: { path: '/home/me' } });
  });
});

describe('plan diff', () => {
  it('compares two snapshots of one repository', async () => {
    await using server = await agentWith({
      diff: () => ({
        changes: [{ path: '/home/me/b', change: 'added' }],
        ...{ total: 1, added: 1, removed: 0, changed: 0, bytesAdded: 5, bytesRemoved: 0 },
      }),
    });
    const seen = await run('plan', 'diff', 'docs', 'a1', 'latest');
    expect(seen.stdout).toBe('+    /home/me/b\n1 added (5 B), 0 removed (0 B), 0 files changed.\n');
    expect(server.last('diff')).toMatchObject({
      params: { id: ids.old },
      query: { repositoryId: 'default', other: ids.new },
    });
    expect((await run('plan', 'diff', 'docs', 'a1', 'c2')).stderr).toContain('no snapshot "c2"');
  });
});

describe('plan restore', () => {
  it('sends what options say, and shows what came of it', async () => {
    await using server = await agentWith();
    const target = server.folder.at('back');
    const args = ['--target', target, '--from', '.', '--overwrite', 'never', '--snapshot', 'a1', '--dry-run'];
    const seen = await run('plan', 'restore', 'docs', 'letters/a', '/etc/hosts', ...args);
    expect(seen, seen.stderr).toMatchObject({ result: 0, stderr: '' });
    expect(seen.stdout).toContain('nothing written, 2 files to restore, 1 to replace, 4 right already, 2.000 KiB');
    expect(server.last('restore')).toEqual({
      body: {
        ...{ repositoryId: 'default', snapshotId: ids.old, target, from: '/home/me', overwrite: 'never' },
        ...{ paths: ['/home/me/letters/a', '/etc/hosts'], dryRun: true },
      },
    });
  });

  it('takes the newest snapshot, of the first repository before its copies', async () => {
    await using server = await agentWith();
    expect((await run('plan', 'restore', 'docs', '--original', '--yes')).stdout).toContain('2 files restored');
    const usual = { paths: [], dryRun: false, overwrite: 'if-changed' };
    expect(server.last('restore')).toEqual({ body: { repositoryId: 'default', snapshotId: ids.new, ...usual } });
    await run('plan', 'restore', 'docs', '--original', '--yes', '--snapshot', 'c2');
    expect(server.last('restore')).toMatchObject({ body: { repositoryId: 'nas', snapshotId: ids.copy } });
  });

  it.each([
    [[], 'Give one of --target DIR'],
    [['--original', '--target', '/x'], 'Give one of --target DIR'],
    [['--original'], '--yes'],
    [['--original', '--from', '/x'], '--from cannot go with --original'],
    [['--download', 'x.zip', '--dry-run'], '--dry-run cannot go with --download'],
    [['--download', 'x.rar'], '.zip or .tar.gz'],
    [['--target', '/x', '--snapshot', 'a'], 'The ids of 2 snapshots'],
    [['--target', '/x', '--snapshot', 'ff'], 'plan snapshots docs'],
    [['--target', '/x', '--overwrite', 'maybe'], 'if-newer'],
  ])('%j: %s', async (args, says) => {
    await using server = await agentWith();
    const seen = await run('plan', 'restore', 'docs', ...args);
    expect(seen.result).toBe(1);
    expect(seen.stderr).toContain(says);
    expect(server.last('restore')).toBeUndefined();
  });

  it('a relative path needs a plan of one source', async () => {
    await using server = await agentWith();
    server.state.plans[0] = planOf('docs', { sources: ['/a', '/b'] });
    expect((await run('plan', 'restore', 'docs', 'x', '--target', '/y')).stderr).toContain('the sources are /a, /b');
  });
});

describe('plan restore --download', () => {
  it('writes an archive for this user alone, and no other file', async () => {
    const body = (async function* () {
      yield Buffer.from('one ');
      yield Buffer.from('two');
    })();
    await using server = await agentWith({ download: () => ({ mediaType: 'application/gzip', fileName: 'x', body }) });
    const file = server.folder.at('docs.tgz');
    const seen = await run('plan', 'restore', 'docs', 'letters', '--from', '/home', '--download', file);
    expect(seen, seen.stderr).toMatchObject({ result: 0, stderr: '' });
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['one two', 0o600]);
    expect(readdirSync(server.folder.path)).toEqual(['data', 'docs.tgz']);
    const query = { repositoryId: 'default', paths: ['/home/me/letters'], from: '/home', format: 'tar.gz' };
    expect(server.last('download')).toEqual({ params: { id: ids.new }, query });
  });

  it('what breaks off leaves nothing', async () => {
    const body = async function* (end: () => Promise<void>) {
      yield Buffer.alloc(100_000);
      await end();
    };
    await using server = await agentWith({
      download: () => ({ mediaType: 'application/zip', body: body(() => server.end()) }),
    });
    const seen = await run('plan', 'restore', 'docs', '--download', server.folder.at('docs.zip'));
    expect(seen.result).toBe(1);
    expect(seen.stderr).toContain('broke the download off');
    expect(readdirSync(server.folder.path)).toEqual(['data']);
  });

  it('replaces nothing', async () => {
    await using server = await agentWith();
    const file = server.folder.at('docs.zip');
    writeFileSync(file, 'mine');
    expect((await run('plan', 'restore', 'docs', '--download', file)).stderr).toContain('is there already');
    expect([readFileSync(file, 'utf8'), existsSync(`${file}.tmp`), server.last('download')]).toEqual([
      'mine',
      false,
      undefined,
    ]);
  });
});
