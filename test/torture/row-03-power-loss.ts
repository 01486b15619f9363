/** Row 3: power loss. The system calls of a backup, and of a forget with prune, give the states that a disk may be in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import { copyRepository } from '../support/repository-files.ts';
import { runOk } from '../support/run-process.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { removeAll } from '../support/temporary-folder.ts';
import { buildState, changesOf, type Luck, parseTrace, stateAt } from './crash-states.ts';
import { type Acknowledged, checkQuickly, judge, keepCopy, lost, snapshotIn } from './judge.ts';
import { type Figure, mustBeZero, spread, type TortureContext, type TortureRow } from './row.ts';
import { changingCalls, runTraced } from './tracing.ts';

export const row: TortureRow = {
  row: 3,
  promise: 'Power loss safe: files and folders fsynced before anything refers to them',
  async run(context) {
    await using shared = await sharedRepository({ seed: context.seed });
    const source = shared.folder.at('source');
    makeTree(source, { files: 60, bytes: 3_000_000, seed: context.seed });
    const copy = keepCopy(shared, source);
    const { snapshot_id } = await shared.holdfast.backup([source]);
    const first = { id: snapshot_id, source, copy };

    mutateTree(source, context.seed);
    const copy2 = keepCopy(shared, source);
    const backup = await crash(shared, context, ['backup', '--json', source], [first], (stdout) => {
      const id = snapshotIn(stdout) ?? '';
      return [first, { id, source, copy: copy2 }];
    });
    const prune = await crash(
      shared,
      context,
      ['forget', '--keep-last', '1', '--prune', '--max-unused', '0'],
      [backup.acknowledged.at(-1) as Acknowledged],
      () => [backup.acknowledged.at(-1) as Acknowledged],
    );
    return [...backup.figures, ...prune.figures];
  },
};

/** Runs the verb, builds the states, and judges each: what was promised before must be there; after the end, all. */
async function crash(
  shared: SharedRepository,
  { short, seed, log }: TortureContext,
  args: readonly string[],
  promisedBefore: readonly Acknowledged[],
  promisedAfter: (stdout: string) => Acknowledged[],
): Promise<{ figures: Figure[]; acknowledged: Acknowledged[] }> {
  const verb = args[0] ?? '';
  const before = shared.folder.at(`before-${verb}`);
  copyRepository(shared.repository, before);
  const trace = shared.folder.at(`trace-${verb}`);
  const calls = [...changingCalls, 'write', 'writev'];
  const run = await runTraced(shared, args, { log: trace, calls, flags: ['-y', '-s', '4096'] });
  if (run.code !== 0) throw new Error(`${verb}: exit ${run.code} ${run.stderr}`);
  const acknowledged = promisedAfter(run.stdout);
  // Files that the verb removed are in `before`; all others as they ended up.
  const after = shared.folder.at(`after-${verb}`);
  copyRepository(before, after);
  await runOk('cp', ['-a', '-n', `${shared.repository}/.`, after]);

  const events = parseTrace(readFileSync(trace, 'utf8'));
  const changes = changesOf(events, shared.repository);
  const moments = changes.flatMap(({ at, nameCertainAt }) => [
    at,
    ...(Number.isFinite(nameCertainAt) ? [nameCertainAt] : []),
  ]);
  const points = spread(
    [...new Set([...moments, events.length])].sort((a, b) => a - b),
    short ? 5 : 200,
  );
  const random = seededRandom(`row 3 ${verb} ${seed}`);
  log(`${verb}: ${events.length} events, ${changes.length} names, ${points.length} points`);

  const failures: string[] = [];
  let states = 0;
  for (const point of points) {
    const lucks: Luck[] = ['worst', random, ...(short ? [] : (['best', random, random] as const))];
    for (const luck of lucks) {
      states++;
      const target = shared.folder.at('state');
      copyRepository(before, target);
      const state = stateAt(changes, point, luck);
      buildState({ before, after, repository: shared.repository, target }, state);
      const place = { folder: shared.folder, ...shared.on(target) };
      const wrong = await checkQuickly(place);
      const ended = point >= events.length;
      const promised = ended ? acknowledged : promisedBefore;
      if (ended || !short) wrong.push(...(await judge(place, promised)));
      else for (const promise of promised.slice(0, 1)) wrong.push(...(await lost(place, promise)));
      const own = await shared.on(target).holdfast.run(['check']);
      if (own.code !== 0) wrong.push(`holdfast check: exit ${own.code} ${own.stderr.slice(-500)}`);
      const names = [...state.added.map((path) => `+${path}`), ...state.removed.map((path) => `-${path}`)];
      const short_ = names.map((name) => name.replace(join(shared.repository, '/'), '').slice(0, 20)).join(' ');
      failures.push(...wrong.map((what) => `after event ${point} of ${events.length} (${short_}): ${what}`));
      removeAll(target);
    }
  }
  const untidy = changes.filter((change) => !change.dataSynced).map((change) => change.path);
  const uncertain = changes.filter((change) => change.kind === 'added' && !Number.isFinite(change.nameCertainAt));
  return {
    acknowledged,
    figures: [
      { figure: `${verb}: states opened`, value: states, ok: states > 4 },
      mustBeZero(`${verb}: states that failed`, failures),
      mustBeZero(`${verb}: files named before their bytes were flushed`, untidy),
      mustBeZero(
        `${verb}: names never flushed`,
        uncertain.map((change) => change.path),
      ),
    ],
  };
}
