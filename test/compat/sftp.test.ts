/** Repositories on a real SSH server: what we write there, restic checks and restores by the same server, and the other way round. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { proveBothWays } from '../support/both-ways.ts';
import { compareTrees } from '../support/compare-trees.ts';
import { Holdfast } from '../support/holdfast.ts';
import { makeTree } from '../support/make-tree.ts';
import { optionsOf } from '../support/network-stores.ts';
import { Restic } from '../support/restic.ts';
import { startSshd } from '../support/sshd.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { requireTool } from '../support/tools.ts';

const isMissing = (['restic', 'sshd', 'ssh-keygen'] as const).some((tool) => requireTool(tool) === undefined);

/** A server, something to back up, and both programs as its users. */
async function onSshd() {
  const server = await startSshd();
  const { folder } = server;
  const [home, source, store] = [folder.at('home'), folder.at('source'), folder.at('repository')];
  mkdirSync(home);
  const repository = server.location(store);
  const ours = new Holdfast({ home, repository, password: 'password' });
  const options = optionsOf({ location: repository, credentials: server.credentials });
  const restic = new Restic({ home, repository, password: 'password' });
  const flags = server.resticOptions;
  return {
    server,
    source,
    packs: () => {
      const data = `${store}/data`;
      return existsSync(data)
        ? readdirSync(data, { recursive: true }).filter((name) => /\/[0-9a-f]{64}$/.test(`${name}`))
        : [];
    },
    at: (name: string) => folder.at(name),
    ours: (args: readonly string[]) => ours.run([...args, ...options]),
    oursOk: (args: readonly string[]) => ours.ok([...args, ...options]),
    restic: (args: readonly string[]) => restic.run([...flags, ...args]),
    resticOk: (args: readonly string[]) => restic.ok([...flags, ...args]),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe.skipIf(isMissing)('an SSH server', { timeout: 60_000 }, () => {
  it('keeps what we write for restic, and what restic writes for us', async () => {
    await using it = await onSshd();
    await proveBothWays(it, 'sftp');
  });

  it('that cannot be reached: the user is told what is waited for, before it is given up', async () => {
    await using it = await onSshd();
    await it.oursOk(['init']);
    await using proxy = await startTcpProxy(it.server.port);
    const { location, credentials } = it.server.through(proxy.port, it.at('repository'));
    proxy.cutAfter({ direction: 'up', bytes: 0, how: 'reset', times: 100_000 });
    const ours = new Holdfast({ home: it.at('home'), repository: location, password: 'password' });
    const { code, stderr } = await ours.run(['snapshots', ...optionsOf({ location, credentials })]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/Waiting for the network: .+ Next try in \d+ s/)]);
  });

  it('whose sessions are killed in the middle of a backup, is connected to anew: the backup is whole', async () => {
    await using it = await onSshd();
    const { source, server, oursOk, resticOk } = it;
    makeTree(source, { files: 100, bytes: 80_000_000, seed: 'killed' });
    await oursOk(['init']);
    const running = oursOk(['backup', source]);
    while (it.packs().length === 0) await pause(5);
    await server.stop();
    expect(readdirSync(it.at('repository/snapshots'))).toEqual([]);
    await server.start();
    await running;
    await resticOk(['check', '--read-data']);
    await resticOk(['restore', 'latest', '--target', it.at('back')]);
    expect(compareTrees(source, `${it.at('back')}${source}`)).toEqual([]);
  });
});
