/** Row 2 over a network: what was uploaded more than some seconds before a kill is not uploaded again. */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../support/random.ts';
import { judge, keepCopy, snapshotIn } from './judge.ts';
import { type Figure, mustBeZero, type TortureContext, type TortureRow } from './row.ts';
import { onEachStore, packBytesOf, type RepositoryOnStore } from './stores.ts';

/** Ten seconds between partial indexes, and what it takes to write one. */
const graceMs = 14_000;
/** Of the line, so that the backup is still under way when it is killed. */
const kibPerSecond = 8 * 1024;

const notShort: Figure = { figure: 'only in a whole run', value: 'a minute of upload', ok: true };

export const row: TortureRow = {
  row: 2,
  promise: 'A kill costs seconds of upload, not hours, over networks',
  run: async (context) =>
    context.short ? [notShort] : await onEachStore(context, (store) => killedOnce(context, store)),
};

async function killedOnce({ seed }: TortureContext, store: RepositoryOnStore): Promise<Figure[]> {
  const random = seededRandom(`row 2 ${store.name} ${seed}`);
  const source = store.folder.at('source');
  const killAfterMs = 60_000;
  const bytes = Math.round((kibPerSecond * 1024 * killAfterMs * 1.5) / 1000);
  writeFileSync(source, random.bytes(bytes));
  const copy = keepCopy(store, source);

  const killer = new AbortController();
  const limit = ['--limit-upload', String(kibPerSecond)];
  const running = store.run('holdfast', ['backup', '--json', ...limit, source], { kill: killer.signal });
  await Promise.race([running, delay(killAfterMs - graceMs)]);
  const settled = await packBytesOf(store);
  await Promise.race([running, delay(graceMs)]);
  killer.abort();
  const { code } = await running;
  const before = await packBytesOf(store);

  const ended = await store.run('holdfast', ['backup', '--json', source]);
  const id = snapshotIn(ended.stdout);
  const sound = id === undefined ? [`exit ${ended.code}: ${ended.stderr.slice(-600)}`] : [];
  if (id !== undefined) sound.push(...(await judge(store, [{ id, source, copy }])));
  const again = Math.max(0, (await packBytesOf(store)) - bytes * 1.01);
  // A duplicate is a pack that was uploaded before the kill but not indexed.
  const allowed = before - settled + 2 ** 20;
  return [
    { figure: 'MB there when it was killed', value: (before / 1e6).toFixed(0), ok: code === 137 && before > 0 },
    {
      figure: 'MB uploaded again',
      value: (again / 1e6).toFixed(0),
      ok: again <= allowed,
      detail: `${again} bytes again, ${allowed} allowed; ${settled} there ${graceMs / 1000} s before the kill`,
    },
    mustBeZero('mismatches after all', sound),
  ];
}
