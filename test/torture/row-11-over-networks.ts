/** Row 11 over a network: a backup that is stopped while others unlock the repository and prune it commits nothing when it wakes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { holdfastCommand } from '../support/holdfast.ts';
import { makeTree } from '../support/make-tree.ts';
import { judge, keepCopy, snapshotIn } from './judge.ts';
import { type Figure, mustBeZero, type TortureContext, type TortureRow } from './row.ts';
import { countOf, onEachStore, packBytesOf, type RepositoryOnStore } from './stores.ts';

/** Exit code of a backup that lost its lock. */
const lockLost = 11;
const sleepsFromBytes = 8_000_000;

export const row: TortureRow = {
  row: 11,
  promise: 'A sleeper that wakes with a stale lock never commits, over networks',
  run: (context) => onEachStore(context, (store) => sleeper(context, store)),
};

async function sleeper({ short, seed, log }: TortureContext, store: RepositoryOnStore): Promise<Figure[]> {
  const rounds = short ? 1 : 8;
  const stale: string[] = [];
  const unsound: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const source = store.folder.at(`source-${round}`);
    makeTree(source, { files: 50, bytes: 60_000_000, seed: `${seed} ${store.name} ${round}` });
    const copy = keepCopy(store, source);
    const snapshots = await countOf(store, 'snapshot');
    const packed = await packBytesOf(store);

    const [command = '', ...first] = holdfastCommand;
    // 15 s for all of it, in small packs, so that it is under way when it is stopped.
    const args = [...first, 'backup', '--limit-upload', '4096', '--pack-size', '4', source, ...store.flags];
    const backup = spawn(command, args, { env: store.ours.env, stdio: ['ignore', 'ignore', 'pipe'] });
    const said = text(backup.stderr);
    const ended = once(backup, 'exit');
    while (backup.exitCode === null && (await packBytesOf(store)) < packed + sleepsFromBytes) await delay(50);
    backup.kill('SIGSTOP');
    await store.restic.ok(['unlock', '--remove-all']);
    await store.restic.ok(['prune', '--max-unused', '0']);
    backup.kill('SIGCONT');
    const [code] = await ended;
    log(`${store.name}, round ${round}: exit ${code} ${await said}`);
    if (code !== lockLost) stale.push(`round ${round}: exit ${code}: ${await said}`);
    if ((await countOf(store, 'snapshot')) !== snapshots) stale.push(`round ${round}: a snapshot was committed`);

    const next = await store.run('holdfast', ['backup', '--json', source]);
    const id = snapshotIn(next.stdout);
    if (id === undefined) unsound.push(`round ${round}: the next backup: exit ${next.code} ${next.stderr}`);
    else unsound.push(...(await judge(store, [{ id, source, copy }])));
  }
  return [
    { figure: 'sleeps', value: rounds, ok: true },
    mustBeZero('stale commits', stale),
    mustBeZero('repositories unsound, or backups lost', unsound),
  ];
}
