/** One input for two queued runs of a kind. */
import { type MergeInputs, mergeEqual } from '../../jobs/coalesce.ts';
import { backupJob } from './inputs.ts';

/** A backup that looks at everything does the work of one that need not; what one allows, both do. */
export const mergeInputs: MergeInputs = (queued, input) => {
  if (queued.kind !== 'backup') return mergeEqual(queued, input);
  const first = backupJob.parse(queued.input);
  const second = backupJob.parse(input);
  return { ...first, full: first.full || second.full, allowEmpty: first.allowEmpty || second.allowEmpty };
};
