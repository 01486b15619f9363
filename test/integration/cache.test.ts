/** The cache of a repository beyond a network, from the command line: what it spares, and who goes past it. */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Holdfast } from '../support/holdfast.ts';
import { type RcloneServer, startRclone } from '../support/rclone.ts';
import { removeAll, type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

describe.skipIf(requireTool('rclone') === undefined)('the cache', { timeout: 60_000 }, () => {
  let folder: TemporaryFolder;
  let rclone: RcloneServer;
  let holdfast: Holdfast;
  let treePacks: string[];
  const home = () => folder.at('home');
  const cacheOf = (under = join(home(), '.cache', 'holdfast', 'repositories')) =>
    readdirSync(under, { recursive: true, encoding: 'utf8' }).filter(
      (path) => /[0-9a-f]{64}$/.test(path.slice(-64)) && path.length > 70,
    );
  const storedPacks = () =>
    readdirSync(join(rclone.folder, 'data'), { recursive: true, encoding: 'utf8' }).filter((path) => path.length > 64);

  beforeAll(async () => {
    folder = await temporaryFolder();
    mkdirSync(home());
    for (const name of ['one', 'two']) writeFileSync(folder.at('source', name, 'file'), `${name} `.repeat(1000));
    rclone = await startRclone({ folder: folder.at('repository') });
    holdfast = new Holdfast({ home: home(), repository: `rest:${rclone.url}`, password: 'password' });
    await holdfast.ok(['init']);
    await holdfast.ok(['backup', folder.at('source')]);
    treePacks = cacheOf()
      .filter((path) => path.includes('/data/'))
      .map((path) => path.slice(-64));
  });
  afterAll(async () => {
    await rclone?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it('holds what a backup wrote: index, snapshot, and the trees, but no data', () => {
    expect(
      cacheOf()
        .map((path) => path.split('/').at(-2))
        .sort(),
    ).toEqual(['data', 'index', 'snapshot']);
    expect(treePacks).toHaveLength(1);
    expect(storedPacks()).toHaveLength(2);
    const named = cacheOf().find((path) => path.includes('/index/'))!;
    expect(statSync(join(home(), '.cache', 'holdfast', 'repositories', named)).mode & 0o777).toBe(0o600);
  });

  it('is not used for what is asked not to, and is filled again where it was deleted', async () => {
    removeAll(join(home(), '.cache'));
    await holdfast.ok(['ls', 'latest', '--no-cache']);
    expect(readdirSync(home())).not.toContain('.cache');
    await holdfast.ok(['ls', 'latest', '--cache-dir', folder.at('elsewhere')]);
    expect(cacheOf(folder.at('elsewhere', 'holdfast'))).toHaveLength(3);
    await holdfast.ok(['ls', 'latest'], { env: { RESTIC_CACHE_DIR: folder.at('as-restic') } });
    expect(cacheOf(folder.at('as-restic', 'holdfast'))).toHaveLength(3);
    await holdfast.ok(['ls', 'latest']);
    expect(cacheOf()).toHaveLength(3);
  });

  it('answers for packs of trees; check, repair and those without a cache see what the store has', async () => {
    const [pack] = treePacks;
    const stored = join(rclone.folder, 'data', pack!.slice(0, 2), pack!);
    rmSync(stored);
    const listed = await holdfast.ok(['ls', 'latest']);
    expect(listed.stdout).toContain('/source/two/file');
    expect((await holdfast.run(['ls', 'latest', '--no-cache'])).code).toBe(1);
    const check = await holdfast.run(['check']);
    expect(check.code).toBe(1);
    expect(check.stderr).toContain(pack!.slice(0, 8));
    const repair = await holdfast.ok(['repair', 'snapshots', '--dry-run']);
    expect(repair.stderr).toContain('cannot be repaired');
  });
});
