/** Row 20: a repository by one who holds the key and means harm. Nothing is written outside; memory and time stay bounded. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostileRepositories } from '../support/hostile-repository.ts';
import { seededRandom } from '../support/random.ts';
import { runOk } from '../support/run-process.ts';
import { sharedRepository } from '../support/shared-repository.ts';
import { mustBeZero, type TortureRow } from './row.ts';
import { runWatched } from './watched-run.ts';

const limitMegabytes = 700;
const timeoutMs = 60_000;

export const row: TortureRow = {
  row: 20,
  promise: 'A hostile repository is harmless',
  async run({ short, seed, log }) {
    const random = seededRandom(`row 20 ${seed}`);
    const outside: string[] = [];
    const greedy: string[] = [];
    const silent: string[] = [];
    const rude: string[] = [];
    for (const [name, hostile] of Object.entries(hostileRepositories)) {
      await using shared = await sharedRepository({ seed });
      const yard = shared.folder.at('yard');
      mkdirSync(yard);
      writeFileSync(shared.folder.at('canary'), 'canary');
      writeFileSync(`${yard}/canary`, 'canary');
      hostile.make(shared.forge, { outside: yard });
      const target = shared.folder.at('yard/target');
      const verbs = [
        ['restore', 'latest', '--target', target],
        ['check', '--read-data'],
        ['ls', 'latest'],
        ['find', '*'],
        ['dump', 'latest', '/'],
        ['prune', '--dry-run'],
      ];
      for (const args of short
        ? random.chance(0.3)
          ? [...verbs.slice(0, 2), random.pick(verbs.slice(2))]
          : verbs.slice(0, 2)
        : verbs) {
        const run = await runWatched(args, { env: shared.holdfast.env, cwd: yard, timeoutMs, limitMegabytes });
        log(`${name}, ${args[0]}: exit ${run.code}, ${run.peakMegabytes.toFixed(0)} MB, ${run.seconds.toFixed(1)} s`);
        const what = `${name}, ${args[0]}`;
        if (run.stopped) greedy.push(`${what}: ${run.peakMegabytes.toFixed(0)} MB, ${run.seconds.toFixed(0)} s`);
        if (/^\s+at .+:\d+:\d+\)?$/m.test(run.stderr) || run.code > 130)
          rude.push(`${what}: exit ${run.code} ${run.stderr.slice(0, 400)}`);
        if (hostile.mustFail.includes(args[0] ?? '') && run.code === 0) silent.push(what);
      }
      const left = (await runOk('find', [yard, '-mindepth', '1', '-maxdepth', '1'])).stdout.trim().split('\n').sort();
      const strangers = left.filter((path) => path !== `${yard}/canary` && path !== target);
      const canaries = [`${yard}/canary`, shared.folder.at('canary')].map((path) => readFileSync(path, 'utf8'));
      outside.push(...strangers.map((path) => `${name}: made ${path}`));
      if (canaries.some((canary) => canary !== 'canary')) outside.push(`${name}: changed a canary`);
    }
    return [
      mustBeZero('writes outside the target', outside),
      mustBeZero(`more than ${limitMegabytes} MB or ${timeoutMs / 1000} s`, greedy),
      mustBeZero('said nothing', silent),
      mustBeZero('stack traces and crashes', rude),
    ];
  },
};
