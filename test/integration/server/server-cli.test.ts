/** The server as its owner drives it: a process of its own, scopes and tokens beside it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { serverHome } from '../../support/server-process.ts';

interface Token {
  readonly id: string;
  readonly name: string;
  readonly token?: string;
  readonly revokedAt?: string;
}

describe('holdfast server', { timeout: 60_000 }, () => {
  it('starts with nothing, shows a first token once, and ends well when told', async () => {
    await using home = await serverHome();
    const first = await home.start();
    expect(first.firstToken).toMatch(/^hf_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    expect(await (await fetch(`${first.url}/healthz`)).json()).toEqual({ ok: true });
    expect(await first.end('SIGTERM')).toBe(0);
    const second = await home.start();
    expect(second.firstToken).toBeUndefined();
    expect(await second.end('SIGINT')).toBe(0);
  });

  it('is one for each data folder, also against itself', async () => {
    await using home = await serverHome();
    await home.start();
    const again = await home.holdfast.run(['server']);
    expect(again.code).toBe(11);
    expect(again.stderr).toMatch(/A server with the data in .* is running already/);
  });

  it('makes tokens beside a running server, shows each once, and revokes them', async () => {
    await using home = await serverHome();
    await home.start();
    const { holdfast } = home;
    const added = await holdfast.json<Token>(['server', 'token', 'add', 'laptop', '--role', 'member']);
    expect(added).toMatchObject({ message_type: 'token_added', name: 'laptop', role: 'member', scopes: '*' });
    const listed = await holdfast.ok(['server', 'token', 'list']);
    expect(listed.stdout).toContain('laptop');
    const secret = added.token!.split('_').slice(2).join('_');
    expect(secret.length).toBeGreaterThan(20);
    expect(listed.stdout).not.toContain(secret);
    await holdfast.ok(['server', 'token', 'revoke', added.id.slice(0, 6)]);
    const tokens = await holdfast.json<Token[]>(['server', 'token', 'list']);
    expect(tokens.find(({ id }) => id === added.id)?.revokedAt).toBeDefined();
    const twice = await holdfast.run(['server', 'token', 'revoke', added.id]);
    expect(twice.code).toBe(1);
    expect(twice.stderr).toContain('There is no good token');
  });

  it.each([
    [['server', 'token', 'add', 'x', '--role', 'king'], /no role "king".*admin, member, public/s],
    [['server', 'token', 'add', 'x', '--scope', 'nowhere'], /no scope "nowhere"/],
    [['server', 'token', 'add'], /needs a name/],
    [['server', 'token', 'remove', 'x'], /list, add, revoke/],
    [['server', 'scope', 'add', 'photos'], /dialect/],
    [['server', 'scope', 'add', 'Photos', '--dialect', 'fa'], /lower-case/],
    [['server', 'scope', 'remove', 'photos', '--yes'], /no scope "photos"/],
  ])('%j says what is wrong', async (args, message) => {
    await using home = await serverHome();
    const { code, stderr } = await home.holdfast.run(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(JSON.parse(readFileSync(home.config, 'utf8')).scopes ?? []).toEqual([]);
  });

  it('adds scopes and takes them off; a second of the same id is refused', async () => {
    await using home = await serverHome();
    const { holdfast } = home;
    const add = ['server', 'scope', 'add', 'games', '--dialect', 'panel', '--folder', home.folder.at('games')];
    const added = await holdfast.json<{ uuid: string; externalId: string }>(add);
    expect(added.externalId).toBe(added.uuid);
    expect((await holdfast.run(add)).stderr).toContain('There is a scope "games" already');
    const listed = await holdfast.ok(['server', 'scope', 'list']);
    expect(listed.stdout).toContain(added.uuid);
    const unasked = await holdfast.run(['server', 'scope', 'remove', 'games']);
    expect(unasked.stderr).toContain('--yes');
    await holdfast.ok(['server', 'scope', 'remove', 'games', '--yes']);
    expect((await holdfast.ok(['server', 'scope', 'list'])).stdout).toContain('There are no scopes');
  });

  it('names the address that is taken, and what to do', async () => {
    await using home = await serverHome();
    const { url } = await home.start();
    const port = Number(new URL(url).port);
    await using other = await serverHome({ listen: { port } });
    const { code, stderr } = await other.holdfast.run(['server']);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}.*server\\.json`, 's'));
  });

  it('logs each request as one line, without what is secret in it', async () => {
    await using home = await serverHome();
    const server = await home.start();
    await fetch(`${server.url}/download/once/secret-of-a-link?x=secret-in-a-query`);
    await fetch(`${server.url}/metrics`, { headers: { authorization: 'Bearer secret-token' } });
    await server.end('SIGTERM');
    const log = server.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(log).toMatchObject([
      { method: 'GET', path: '/download/once/…', status: 403, address: '127.0.0.1' },
      { method: 'GET', path: '/metrics', status: 200 },
    ]);
    expect(server.lines.join()).not.toContain('secret');
  });
});
