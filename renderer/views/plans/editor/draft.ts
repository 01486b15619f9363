/** What the editor edits: a plan as the user gives it. Pure. */
import type { Plan, PlanInput } from '../../../../src/config/plan.ts';
import { usualDrill, usualRetention } from '../../../../src/control/usual-plan.ts';

export type Draft = PlanInput;

/** Of every part of the editor. */
export interface PartProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

/** Names of the ready-made excludes, as the agent knows them. */
export const presetNames = [
  'caches',
  'temporary-files',
  'trash',
  'browser-caches',
  'system-files',
  'build-output',
  'virtual-machines',
  'games',
] as const;

/** What hardly anybody wants to keep. */
const usualPresets = presetNames.slice(0, 5);

export const noExcludes: Draft['excludes'] = {
  patterns: [],
  presets: [],
  nobackupMarker: false,
  caches: false,
  honourGitignoreFiles: false,
  oneFileSystem: false,
};

/** @param repositoryIds those to begin with */
export function newDraft(name: string, repositoryIds: readonly string[]): Draft {
  return {
    name,
    sources: [],
    databases: [],
    excludes: { ...noExcludes, presets: [...usualPresets], nobackupMarker: true, caches: true },
    trigger: { kind: 'continuous', quietSeconds: 30, atLeastEveryMinutes: 15, fullScanHours: 24 },
    repositories: [...repositoryIds],
    retention: usualRetention,
    hooks: { before: [], after: [], onFailure: [] },
    conditions: {},
    tags: [],
    drill: usualDrill,
    overdueIntervals: 3,
  };
}

export function draftOf({
  id: _id,
  createdAt: _createdAt,
  paused: _paused,
  revision: _revision,
  ...draft
}: Plan): Draft {
  return draft;
}
