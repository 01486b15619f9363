/**
 * The environment of hooks: what the run is, and no secrets.
 *
 * A hook gets the agent's environment without everything of ours and of restic's (`HOLDFAST_…`, `RESTIC_…` may hold
 * passwords, and the commands that print them) and without whatever is named like a secret; then the variables below.
 */
import type { JobKind, JobState, JobTrigger } from '../../jobs/job.ts';

export type HookStage = 'before' | 'after' | 'onFailure';

export interface HookFacts {
  readonly planId: string;
  readonly planName: string;
  readonly jobId: string;
  readonly jobKind: JobKind;
  readonly trigger: JobTrigger;
  /** `running` before the run, its result after it. */
  readonly status: JobState;
  /** Files that could not be read. */
  readonly problems?: number;
  readonly snapshotId?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

const ours = /^(HOLDFAST|RESTIC)_/i;
const secretName = /PASS(WORD|WD|PHRASE)|SECRET|TOKEN|CREDENTIAL|(API|ACCESS|PRIVATE)_?KEY/i;

/** As additions to `inherited`: undefined takes a variable away. */
export function hookEnvironment(
  stage: HookStage,
  facts: HookFacts,
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const withheld = Object.keys(inherited).filter((name) => ours.test(name) || secretName.test(name));
  const given = {
    HOLDFAST_HOOK: stage === 'onFailure' ? 'on-failure' : stage,
    HOLDFAST_PLAN: facts.planName,
    HOLDFAST_PLAN_ID: facts.planId,
    HOLDFAST_JOB_ID: facts.jobId,
    HOLDFAST_JOB_KIND: facts.jobKind,
    HOLDFAST_TRIGGER: facts.trigger,
    HOLDFAST_STATUS: facts.status,
    HOLDFAST_PROBLEMS: String(facts.problems ?? 0),
    HOLDFAST_SNAPSHOT_ID: facts.snapshotId ?? '',
    HOLDFAST_ERROR_CODE: facts.error?.code ?? '',
    HOLDFAST_ERROR: facts.error?.message ?? '',
  };
  return {
    ...Object.fromEntries(withheld.map((name) => [name, undefined])),
    // No variable can hold a NUL.
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.replaceAll('\0', '')])),
  };
}
