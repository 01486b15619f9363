/** The agent and its command line as a client of a real server, in the dialect of organizations. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../../support/agent.ts';
import { runHoldfast } from '../../support/holdfast.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

let profile: AgentProfile;
let agent: RunningAgent;
let server: TestServer;
let token: string;

beforeEach(async () => {
  profile = await agentProfile();
  server = await startTestServer({ scopes: [{ id: 'acme', dialect: 'organizations', folders: ['data'] }] });
  token = await server.token('admin');
  writeFileSync(server.folder.at('data', 'report.txt'), 'all is well');
  agent = await profile.start();
}, 60_000);
afterEach(async () => {
  await profile[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const credentialFile = (text: string): string => {
  const path = profile.folder.at('credential');
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  return path;
};
const holdfast = (...args: string[]) => runHoldfast(args, { env: profile.env });
const json = async (...args: string[]) => {
  const result = await holdfast(...args, '--json');
  expect(result, args.join(' ')).toMatchObject({ code: 0 });
  return JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '');
};
const add = (...more: string[]) =>
  json(
    'remote',
    'add',
    'organizations',
    server.url,
    '--scope',
    'acme',
    '--name',
    'Acme',
    '--credential-file',
    credentialFile(token),
    ...more,
  );

describe('a remote', () => {
  it('is added, tested, listed, shown, changed and removed by the command line', { timeout: 120_000 }, async () => {
    expect(await add('--poll-every', '30m')).toMatchObject({
      remote: { id: 'acme', pollMinutes: 30 },
      credential: 'file',
    });
    const row = server.row({ scope: 'acme', name: 'Monday' });
    expect(await json('remote', 'test', 'acme')).toEqual({ message: '1 backup, may create' });
    expect(await json('remote', 'backups', 'acme', '--refresh')).toMatchObject({
      backups: [{ id: row.id, name: 'Monday', state: 'done' }],
    });
    expect(await json('remote', 'list')).toMatchObject([{ state: 'ok', counts: { backups: 1, done: 1 } }]);
    expect(await json('remote', 'show', 'acme', 'latest')).toMatchObject({ id: row.id });
    expect(await json('remote', 'rename', 'acme', row.id.slice(0, 6), 'Tuesday')).toMatchObject({ name: 'Tuesday' });
    const refusal = await holdfast('remote', 'lock', 'acme', 'latest');
    expect(refusal.code).toBe(1);
    expect(refusal.stderr).toContain('of the kind "organizations", which cannot lock a backup');
    await json('remote', 'edit', 'acme', '--name', 'Acme Inc', '--back-up', '1d', '--backup-name', 'daily');
    expect((await agent.client.remotes.get({ params: { id: 'acme' }, signal: agent.signal })).remote).toMatchObject({
      name: 'Acme Inc',
      pollMinutes: 30,
      schedule: { trigger: { kind: 'interval', minutes: 1440 }, order: { name: 'daily' } },
    });
    expect((await holdfast('remote', 'delete', 'acme', row.id)).stderr).toContain('--yes');
    await json('remote', 'delete', 'acme', row.id, '--yes');
    expect(await json('remote', 'backups', 'acme', '--refresh')).toMatchObject({ backups: [] });
    await json('remote', 'remove', 'acme', '--yes');
    expect(await json('remote', 'list')).toEqual([]);
  });

  it('a wrong address and a wrong credential are told apart, and nothing is kept', { timeout: 60_000 }, async () => {
    const tried = (address: string, credential: string) =>
      holdfast(
        'remote',
        'add',
        'organizations',
        address,
        '--scope',
        'acme',
        '--credential-file',
        credentialFile(credential),
      );
    const nobody = await tried('http://127.0.0.1:9', token);
    const wrong = await tried(server.url, 'not-the-token');
    const noApi = await tried(`${server.url}/elsewhere`, token);
    const texts = [nobody, wrong, noApi].map(({ code, stderr }) => {
      expect(code).toBe(1);
      return stderr;
    });
    expect(new Set(texts).size).toBe(3);
    expect(texts[0]).toMatch(/127\.0\.0\.1:9/);
    expect(texts[1]).toMatch(/credential|token|login|key/i);
    expect(texts.join()).not.toContain('not-the-token');
    expect(await json('remote', 'list')).toEqual([]);
  });

  it('shows what was last known while it cannot be reached, also after a restart', { timeout: 120_000 }, async () => {
    await add();
    const row = server.row({ scope: 'acme', name: 'Monday' });
    await json('remote', 'backups', 'acme', '--refresh');
    await server.server[Symbol.asyncDispose]();
    const offline = await holdfast('remote', 'backups', 'acme', '--refresh');
    expect(offline.code).toBe(1);
    await agent.end('SIGKILL');
    agent = await profile.start();
    const shown = await holdfast('remote', 'backups', 'acme');
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining(row.id) });
    expect(shown.stderr).toContain('has not answered since');
    expect(await json('remote', 'list')).toMatchObject([{ state: 'failing', counts: { backups: 1 } }]);
  });

  it('news are told as events, each once', { timeout: 60_000 }, async () => {
    await add();
    await agent.until('first answer', async () => {
      const { answeredAt } = await agent.client.remotes.get({ params: { id: 'acme' }, signal: agent.signal });
      return answeredAt;
    });
    const heard: string[] = [];
    const stop = new AbortController();
    const open = Promise.withResolvers<void>();
    const listening = agent.client.events({
      signal: stop.signal,
      onState: ({ state }) => state === 'open' && open.resolve(),
      onReset: () => undefined,
      onEvent: (event) => {
        if (event.type === 'remote.backup') heard.push(`${event.data.change} ${event.data.backup.name}`);
      },
    });
    await open.promise;
    const refresh = () =>
      agent.client.remotes.backups({ params: { id: 'acme' }, query: { refresh: true }, signal: agent.signal });
    const row = server.row({ scope: 'acme', name: 'Monday' });
    await refresh();
    await refresh();
    server.catalog.backups.update(row.id, { name: 'Tuesday' }, Date.now());
    await refresh();
    await agent.until('all news', async () => (heard.length >= 2 ? true : refresh().then(() => undefined)));
    expect(heard).toEqual(['new Monday', 'changed Tuesday']);
    stop.abort();
    await listening;
  });

  it('the credential is in no file but its own, no output and no argument', { timeout: 60_000 }, async () => {
    const { remote } = await add();
    await json('remote', 'backups', 'acme', '--refresh');
    await json('remote', 'show', 'acme');
    const found = execFileSync('sh', ['-c', 'grep -rlF -- "$CANARY" . || true'], {
      cwd: profile.home,
      env: { ...profile.env, CANARY: token },
      encoding: 'utf8',
    });
    expect(found.trim().split('\n')).toEqual([`./.config/holdfast/secrets/${remote.id}-remote`]);
    expect(agent.output).not.toContain(token);
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(processes).not.toContain(token);
  });
});
