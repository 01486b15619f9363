/** The agent and its command line as a client of a real server, in the dialect of panels: what organizations cannot do. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../../support/agent.ts';
import { runHoldfast } from '../../support/holdfast.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const uuid = '1a7ce997-259b-452e-8b4e-cecc464142ca';

let profile: AgentProfile;
let agent: RunningAgent;
let server: TestServer;
let data: string;

beforeEach(async () => {
  profile = await agentProfile();
  server = await startTestServer({ scopes: [{ id: 'site', dialect: 'panel', uuid, folders: ['data'] }] });
  data = server.folder.at('data');
  writeFileSync(join(data, 'report.txt'), 'all is well');
  writeFileSync(join(data, 'debug.log'), 'noise');
  agent = await profile.start();
  const credentialFile = profile.folder.at('credential');
  writeFileSync(credentialFile, await server.token('admin'), { mode: 0o600 });
  await json(
    'remote',
    'add',
    'panel',
    server.url,
    '--scope',
    uuid,
    '--name',
    'Panel',
    '--credential-file',
    credentialFile,
  );
}, 60_000);
afterEach(async () => {
  await profile[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function json(...args: string[]) {
  const result = await runHoldfast([...args, '--json'], { env: profile.env });
  expect(result, args.join(' ')).toMatchObject({ code: 0 });
  return JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '');
}

describe('a panel', () => {
  it('backs up, locks, downloads, restores and deletes by the command line', { timeout: 180_000 }, async () => {
    const made = await json('remote', 'create', 'panel', '--backup-name', 'before', '--ignore', '*.log', '--locked');
    expect(made).toMatchObject({ kind: 'remote-create', state: 'done', remoteName: 'Panel' });
    const [id] = made.result.backupIds;
    expect(await json('remote', 'show', 'panel', id)).toMatchObject({ name: 'before', state: 'done', locked: true });
    const locked = await runHoldfast(['remote', 'delete', 'panel', id, '--yes'], { env: profile.env });
    expect(locked.code).toBe(1);
    expect(await json('remote', 'lock', 'panel', id, '--off')).toMatchObject({ locked: false });

    const target = profile.folder.at('downloads');
    mkdirSync(target);
    const downloaded = await json('remote', 'download', 'panel', 'latest', '--target', target);
    expect(downloaded).toMatchObject({ state: 'done' });
    expect(readdirSync(target).filter((name) => name.endsWith('.tar.gz'))).toHaveLength(1);

    await json('remote', 'ingest', 'panel', 'latest');
    const [snapshot] = await agent.snapshots();
    expect(snapshot).toMatchObject({ hostname: 'Panel', tags: ['remote:panel', `remote-backup:${id}`] });

    writeFileSync(join(data, 'report.txt'), 'all is lost');
    writeFileSync(join(data, 'later.txt'), 'new');
    const asked = await runHoldfast(['remote', 'restore', 'panel', id, '--truncate'], { env: profile.env });
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') });
    expect(await json('remote', 'restore', 'panel', id, '--truncate', '--yes')).toMatchObject({ state: 'done' });
    await agent.until('the restored file', async () =>
      readFileSync(join(data, 'report.txt'), 'utf8') === 'all is well' ? true : undefined,
    );
    await json('remote', 'delete', 'panel', id, '--yes');
    expect(await json('remote', 'backups', 'panel', '--refresh')).toMatchObject({ backups: [] });
    expect(await agent.history({ kind: 'remote-restore' })).toMatchObject([{ remoteId: 'panel', state: 'done' }]);
  });

  it('an order that it does not take is refused by name', { timeout: 60_000 }, async () => {
    const refused = await runHoldfast(['remote', 'create', 'panel', '--gzip'], { env: profile.env });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('of the kind "panel", which takes no gzip');
    expect(await agent.history({ kind: 'remote-create' })).toEqual([]);
  });
});
