/** What is measured, and how good it has to be. Ratios are restic's time ÷ Holdfast's; memory is in MB (10⁶ bytes). */
import type { Scenario } from './contender.ts';
import type { SetName } from './datasets/sets.ts';

export interface Work {
  /** `backup-small` … */
  readonly name: string;
  readonly title: string;
  readonly set: SetName;
  readonly scenario: Scenario;
  /** Undefined: measured, but nothing is demanded. */
  readonly target: Target | undefined;
}

export interface Target {
  readonly ratio: number;
  readonly aim: number;
  readonly memoryMb: number;
  readonly memoryAimMb: number | undefined;
}

/** A repository may be that much larger than restic's of the same data. */
export const REPOSITORY_SIZE_LIMIT = 1.02;

const TITLES: Readonly<Record<Scenario, string>> = {
  backup: 'first backup',
  'no-change': 'no change',
  restore: 'restore',
  check: 'check --read-data',
  prune: 'prune of half',
  search: 'find a name in 50 snapshots',
};

export const WORKS: readonly Work[] = [
  work('small', 'backup', target(2.4, 3.5, 250, 170)),
  work('small', 'no-change', target(3, 5, 200, 110)),
  work('small', 'restore', target(1.8, 2.5, 300)),
  work('small', 'check', target(1.5, 2, 250)),
  work('small', 'prune', target(1.5, 2, 250)),
  work('small', 'search'),
  work('large', 'backup', target(2.6, 3.5, 160)),
  work('large', 'restore', target(1.6, 2, 160)),
  work('dedup', 'backup', target(2.6, 4, 160)),
  work('growth-10k', 'backup'),
  work('growth-10k', 'no-change'),
  work('growth-100k', 'backup'),
  work('growth-100k', 'no-change'),
  work('growth-1M', 'backup'),
  work('growth-1M', 'no-change'),
];

function work(set: SetName, scenario: Scenario, demanded?: Target): Work {
  return { name: `${scenario}-${set}`, title: `${TITLES[scenario]}, ${set}`, set, scenario, target: demanded };
}

function target(ratio: number, aim: number, memoryMb: number, memoryAimMb?: number): Target {
  return { ratio, aim, memoryMb, memoryAimMb };
}
