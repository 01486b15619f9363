/** The bench's command line. */
import { parseArgs } from 'node:util';
import { SET_NAMES, type SetName } from './datasets/sets.ts';

export const USAGE = `node test/bench/run.ts [options]

Measures Holdfast beside restic on made-up data sets; prints a table of time, memory and targets.

  --set NAME     only this data set: small, large, dedup, growth (all three sizes) or growth-10k …; may be repeated
  --only TEXT    only works whose name contains TEXT (backup-small, search, prune, watch, agent, index, events, finding, server, data-plane, destinations …)
  --runs N       runs of each program and work, taken in turn (3); growth and orientation take one
  --scale X      size of the data sets, 0.001 to 1 (1); targets are judged at 1 only
  --dir DIR      where sets and repositories are made (/dev/shm/holdfast-bench if memory allows, else a temporary folder)
  --json FILE    writes every single measurement there as well
  --peer-only    restic alone      --ours-only    Holdfast alone
  --ours CMD     what to run as Holdfast ("node dist/cli.js"); another build, or "restic" to try the bench against itself
  --orientation  borg and tar | zstd on the same sets as well
  --keep-runs    leaves the last repositories in place (their path is printed)
  --clean        removes the data sets and ends
  --selftest     every kind of work once at scale 0.01, in some seconds: shows that the bench itself works
`;

const ALL_SETS = ['small', 'large', 'dedup', 'growth'];
const SELFTEST_SETS = ['small', 'dedup', 'growth-10k'];

export interface BenchOptions {
  readonly sets: readonly SetName[];
  readonly only: string | undefined;
  readonly runs: number;
  readonly scale: number;
  readonly dir: string | undefined;
  readonly json: string | undefined;
  readonly contenders: 'both' | 'peer' | 'ours';
  /** The words that start Holdfast; undefined for the build of this project. */
  readonly ours: readonly string[] | undefined;
  readonly orientation: boolean;
  readonly keepRuns: boolean;
  readonly clean: boolean;
  readonly selftest: boolean;
  readonly help: boolean;
}

/** @throws Error with one line for the user if the arguments cannot be used */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      set: { type: 'string', multiple: true },
      only: { type: 'string' },
      runs: { type: 'string' },
      scale: { type: 'string' },
      dir: { type: 'string' },
      json: { type: 'string' },
      'peer-only': { type: 'boolean', default: false },
      'ours-only': { type: 'boolean', default: false },
      ours: { type: 'string' },
      orientation: { type: 'boolean', default: false },
      'keep-runs': { type: 'boolean', default: false },
      clean: { type: 'boolean', default: false },
      selftest: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { selftest } = values;
  if (values['peer-only'] && values['ours-only']) throw new Error('--peer-only and --ours-only exclude each other.');
  return {
    sets: (values.set ?? (selftest ? SELFTEST_SETS : ALL_SETS)).flatMap(setsNamed),
    only: values.only,
    runs: number('--runs', values.runs ?? (selftest ? '1' : '3'), 1, 100),
    scale: number('--scale', values.scale ?? (selftest ? '0.01' : '1'), 0.001, 1),
    dir: values.dir,
    json: values.json,
    contenders: values['peer-only'] ? 'peer' : values['ours-only'] ? 'ours' : 'both',
    ours: values.ours?.split(' '),
    orientation: values.orientation,
    keepRuns: values['keep-runs'],
    clean: values.clean,
    selftest,
    help: values.help,
  };
}

function setsNamed(name: string): readonly SetName[] {
  const found = SET_NAMES.filter((known) => known === name || known.startsWith(`${name}-`));
  if (found.length === 0) throw new Error(`There is no data set "${name}"; there are ${SET_NAMES.join(', ')}.`);
  return found;
}

function number(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!(value >= least && value <= most)) throw new Error(`${flag} takes a number from ${least} to ${most}.`);
  return value;
}
