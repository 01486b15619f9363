/** Repositories on REST servers: what we write there, restic checks and restores by the same server, and the other way round. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { programsOf, proveBothWays } from '../support/both-ways.ts';
import { compareTrees } from '../support/compare-trees.ts';
import { Holdfast } from '../support/holdfast.ts';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { startRclone } from '../support/rclone.ts';
import { Restic } from '../support/restic.ts';
import { serverHome } from '../support/server-process.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

interface RestServer extends AsyncDisposable {
  /** `rest:…` of a repository that is not made yet. Another one after `restart`. */
  readonly repository: string;
  /** The same for somebody who may only add. */
  readonly appending: string;
  /** Where it lies. */
  readonly folder: string;
  /** As a crash would. */
  kill(): Promise<unknown>;
  restart(): Promise<unknown>;
}

async function rcloneServer(folder: TemporaryFolder): Promise<RestServer> {
  const store = folder.at('store');
  const server = await startRclone({ folder: store });
  const appending = await startRclone({ folder: store, flags: ['--append-only'] });
  return {
    repository: `rest:${server.url}`,
    appending: `rest:${appending.url}`,
    folder: store,
    kill: () => server.kill(),
    restart: () => server.restart(),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await appending[Symbol.asyncDispose]();
    },
  };
}

async function holdfastServer(): Promise<RestServer> {
  const home = await serverHome({ scopes: [{ id: 'laptop', name: 'laptop', dialect: 'restic' }] });
  let server = await home.start();
  const added = await home.holdfast.json<{ token: string }>(['server', 'token', 'add', 'laptop', '--role', 'member']);
  const firstToken = server.firstToken!;
  const addressOf = (token: string) => `rest:${server.url.replace('//', `//any:${token}@`)}/restic/laptop/`;
  return {
    get repository() {
      return addressOf(firstToken);
    },
    appending: addressOf(added.token),
    folder: home.folder.at('home', '.local', 'share', 'holdfast', 'server', 'repositories', 'laptop'),
    kill: () => server.end('SIGKILL'),
    async restart() {
      server = await home.start();
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

const servers = [
  ['rclone serve restic', ['restic', 'rclone'], rcloneServer],
  ['holdfast server', ['restic'], holdfastServer],
] as const;

describe.each(servers)('%s', { timeout: 120_000 }, (_, tools, start) => {
  const isMissing = tools.some((tool) => requireTool(tool) === undefined);

  it.skipIf(isMissing)('keeps what we write for restic, and what restic writes for us', async () => {
    await using folder = await temporaryFolder();
    await using server = await start(folder);
    const { repository } = server;
    const [home, source] = [folder.at('home'), folder.at('source')];
    mkdirSync(home);
    const ours = new Holdfast({ home, repository, password: 'password' });
    const restic = new Restic({ home, repository, password: 'password' });
    await proveBothWays({ source, at: (name) => folder.at(name), ...programsOf(ours, restic) }, 'rest');
  });

  it.skipIf(isMissing)('killed in the middle of a backup, makes it fail; the next one heals', async () => {
    await using folder = await temporaryFolder();
    await using server = await start(folder);
    const [home, source] = [folder.at('home'), folder.at('source')];
    mkdirSync(home);
    let ours = new Holdfast({ home, repository: server.repository, password: 'password' });
    makeTree(source, { files: 100, bytes: 80_000_000, seed: 'killed' });
    await ours.ok(['init']);
    const stop = new AbortController();
    const running = ours.run(['backup', source, '--json'], { kill: stop.signal });
    const packs = () => {
      const data = `${server.folder}/data`;
      return existsSync(data) ? readdirSync(data, { recursive: true }).some((name) => `${name}`.length > 64) : false;
    };
    while (!packs()) await pause(5);
    await server.kill();
    // It asks again for minutes; some seconds show that it claims nothing.
    const stopped = setTimeout(() => stop.abort(), 5_000);
    const failed = await running;
    clearTimeout(stopped);
    expect(failed.code).not.toBe(0);
    expect(failed.stdout).not.toContain('"summary"');
    await server.restart();
    const { repository } = server;
    ours = new Holdfast({ home, repository, password: 'password' });
    await ours.ok(['unlock', '--remove-all']);
    expect(await ours.json(['snapshots'])).toEqual([]);
    await ours.backup([source]);
    await ours.ok(['prune']);
    const restic = new Restic({ home, repository, password: 'password' });
    const check = await restic.check();
    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining('no errors were found')]);
    await ours.ok(['restore', 'latest', '--target', folder.at('back')]);
    expect(compareTrees(source, `${folder.at('back')}${source}`)).toEqual([]);
  });

  it.skipIf(isMissing)('append-only: backs up, and says that nothing can be removed', async () => {
    await using folder = await temporaryFolder();
    await using server = await start(folder);
    const [home, source] = [folder.at('home'), folder.at('source')];
    mkdirSync(home);
    const ours = new Holdfast({ home, repository: server.appending, password: 'password' });
    makeTree(source, { files: 20, bytes: 1_000_000, seed: 'append' });
    await ours.ok(['init']);
    await ours.backup([source]);
    mutateTree(source, 2);
    await ours.backup([source]);
    const before = await ours.json(['snapshots']);
    expect(before).toHaveLength(2);
    const forget = await ours.run(['forget', '--keep-last', '1']);
    expect([forget.code, forget.stderr]).toEqual([1, expect.stringContaining('only takes new files')]);
    expect(await ours.json(['snapshots'])).toEqual(before);
    // As the owner it can; there is something to prune then.
    const owner = new Holdfast({ home, repository: server.repository, password: 'password' });
    await owner.ok(['forget', '--keep-last', '1']);
    const prune = await ours.run(['prune', '--max-unused', '0']);
    expect([prune.code, prune.stderr]).toEqual([1, expect.stringContaining('only takes new files')]);
    const restic = new Restic({ home, repository: server.repository, password: 'password' });
    expect((await restic.check()).code).toBe(0);
  });
});
