/**
 * Tells from a backup's figures whether it looks as if something happened to the source: emptied, overwritten, encrypted.
 *
 * Pure: figures of this run and of earlier ones in, signs out. The run itself is never stopped by it.
 */
import { warningThresholds as limits } from './thresholds.ts';

/** What a run told (BackupSummary has it all). Sizes in bytes. */
export interface RunFigures {
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  /** Plain bytes of new data, and what they take in the repository. */
  readonly dataAdded: number;
  readonly dataAddedPacked: number;
}

export type WarningSign =
  | { readonly kind: 'most-files-gone'; readonly gone: number; readonly before: number }
  | { readonly kind: 'most-rewritten'; readonly changed: number; readonly before: number }
  | { readonly kind: 'incompressible'; readonly ratio: number; readonly usualRatio: number };

/**
 * @param previous earlier good runs of the same plan, the last one first; none for a first backup, which has no signs
 */
export function warningSigns(run: RunFigures, previous: readonly RunFigures[]): WarningSign[] {
  const [parent] = previous;
  if (parent === undefined) return [];
  const signs = [mostFilesGone(run, parent), mostRewritten(run, parent), incompressible(run, previous)];
  return signs.filter((sign) => sign !== undefined);
}

function filesOf({ filesNew, filesChanged, filesUnmodified }: RunFigures): number {
  return filesNew + filesChanged + filesUnmodified;
}

/** Files of the run before that are no more at their place; new ones do not make up for them. */
function mostFilesGone(run: RunFigures, parent: RunFigures): WarningSign | undefined {
  const before = filesOf(parent);
  const gone = Math.max(0, before - run.filesChanged - run.filesUnmodified);
  if (gone < limits.goneFiles || gone <= before * limits.goneShare) return undefined;
  return { kind: 'most-files-gone', gone, before };
}

function mostRewritten(run: RunFigures, parent: RunFigures): WarningSign | undefined {
  const before = filesOf(parent);
  const changed = run.filesChanged;
  if (changed < limits.rewrittenFiles || changed <= before * limits.rewrittenShare) return undefined;
  return { kind: 'most-rewritten', changed, before };
}

function incompressible(run: RunFigures, previous: readonly RunFigures[]): WarningSign | undefined {
  const ratio = ratioOf(run);
  if (ratio === undefined || ratio < limits.incompressibleRatio) return undefined;
  const earlier = previous
    .slice(0, limits.historyRunsMost)
    .map(ratioOf)
    .filter((one) => one !== undefined);
  if (earlier.length < limits.historyRuns) return undefined;
  const usualRatio = median(earlier);
  return usualRatio <= limits.compressedBefore ? { kind: 'incompressible', ratio, usualRatio } : undefined;
}

/** What new data keeps of its size; undefined where there is too little to tell. */
function ratioOf({ dataAdded, dataAddedPacked }: RunFigures): number | undefined {
  return dataAdded < limits.enoughBytes ? undefined : dataAddedPacked / dataAdded;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** For the user: what was seen, and what it may mean. */
export function signText(sign: WarningSign): string {
  switch (sign.kind) {
    case 'most-files-gone':
      return `${sign.gone} of the ${sign.before} files of the backup before are gone.`;
    case 'most-rewritten':
      return `${sign.changed} of the ${sign.before} files of the backup before were rewritten.`;
    case 'incompressible':
      return (
        `The new data hardly compresses (to ${percent(sign.ratio)}, usually ${percent(sign.usualRatio)}): ` +
        'it may have been encrypted by someone else.'
      );
  }
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
