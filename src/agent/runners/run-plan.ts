/**
 * A plan's backup with what belongs around it:
 *
 *   hooks before ─► backup ─► hooks after ─► figures compared with those of earlier runs ─► remembered
 *     └ one that cancels ─────┴► failed ─► hooks on failure, and the error
 */
import type { BackupSummary } from '../../backup/mod.ts';
import { isHoldfastError, messageOf } from '../../base/errors.ts';
import type { Plan } from '../../config/plan.ts';
import type { JobResult } from '../../jobs/job.ts';
import type { HookFacts, HookStage } from '../hooks/hook-environment.ts';
import { cancelledByHook, type HookOutcome, runHooks } from '../hooks/run-hooks.ts';
import type { Figures } from '../plans/plan-memory.ts';
import { signText, warningSigns } from '../warnings/warning-signs.ts';
import type { BackupJob } from './inputs.ts';
import { recordSize } from './record-size.ts';
import { backUpPlan } from './run-backup.ts';
import type { RunContext, RunnerServices } from './runner.ts';

/** Hooks after a failure have a time of their own, also when the job was cancelled. */
const afterFailureMs = 60_000;
/** A cancelled job must end soon, and an agent that is told to stop within five seconds. */
const afterCancelMs = 3_000;
/** How many runs are remembered to compare with. */
const mostFigures = 20;

export async function runPlanBackup(
  services: RunnerServices,
  context: RunContext,
  input: BackupJob,
): Promise<JobResult> {
  const plan = services.plan(input.planId);
  const hooks = new PlanHooks(plan, context, services);
  try {
    await hooks.before();
    const summary = await backUpPlan(services, context, plan, input);
    await hooks.after(summary);
    await remember(services, context, plan, summary);
    await recordSize(services, context, context.job.repositoryIds[0]!);
    return resultOf(summary);
  } catch (error) {
    await hooks.failed(error);
    throw error;
  }
}

class PlanHooks {
  readonly #plan: Plan;
  readonly #context: RunContext;
  readonly #services: RunnerServices;

  constructor(plan: Plan, context: RunContext, services: RunnerServices) {
    this.#plan = plan;
    this.#context = context;
    this.#services = services;
  }

  /** @throws `conflict` where a hook that may do so cancels the run */
  async before(): Promise<void> {
    const cancelled = await this.#run('before', { status: 'running' }, this.#context.signal);
    if (cancelled !== undefined) throw cancelledByHook(cancelled);
  }

  async after({ snapshotId, problems }: BackupSummary): Promise<void> {
    const facts = {
      status: 'done',
      problems: problems.length,
      ...(snapshotId === undefined ? {} : { snapshotId }),
    } as const;
    await this.#run('after', facts, this.#context.signal);
  }

  async failed(error: unknown): Promise<void> {
    const { aborted } = this.#context.signal;
    const status = aborted ? 'cancelled' : 'failed';
    const limitMs = aborted ? afterCancelMs : afterFailureMs;
    const code = isHoldfastError(error) ? error.code : 'internal';
    const facts = { status, error: { code, message: messageOf(error) } } as const;
    await this.#run('onFailure', facts, AbortSignal.timeout(limitMs)).catch(() => undefined);
  }

  #run(
    stage: HookStage,
    facts: Pick<HookFacts, 'status' | 'problems' | 'snapshotId' | 'error'>,
    signal: AbortSignal,
  ): Promise<HookOutcome | undefined> {
    const { job } = this.#context;
    const { id: planId, name: planName, hooks } = this.#plan;
    return runHooks(stage, {
      hooks: hooks[stage],
      facts: { planId, planName, jobId: job.id, jobKind: job.kind, trigger: job.trigger, ...facts },
      onOutcome: (outcome) => this.#tell(outcome),
      clock: this.#services.clock,
      signal,
    });
  }

  #tell({ stage, program, problem, output }: HookOutcome): void {
    const { log } = this.#context;
    if (problem === undefined) log('info', `The hook "${program}" (${stage}) ended well.`);
    else log('warning', problem);
    if (output !== '') log('info', output);
  }
}

/** Compares with earlier runs; a warning sign holds retention until the user has looked. */
async function remember(
  { memory, clock }: RunnerServices,
  context: RunContext,
  plan: Plan,
  summary: BackupSummary,
): Promise<void> {
  const { figures: earlier, held, newest } = memory.get(plan.id);
  const time = clock.now().toISOString();
  const figures = figuresOf(summary, time);
  const signs = warningSigns(figures, earlier.toReversed()).map(signText);
  for (const text of signs) context.warn(text);
  const repositoryId = context.job.repositoryIds[0]!;
  const { snapshotId } = summary;
  await memory.update(plan.id, {
    lastGood: { time, repositoryId, ...(snapshotId === undefined ? {} : { snapshotId }) },
    figures: [...earlier, figures].slice(-mostFigures),
    held: [...new Set([...held, ...signs])],
    failures: 0,
    failedJobId: undefined,
    ...(snapshotId === undefined ? {} : { newest: { ...newest, [repositoryId]: snapshotId } }),
  });
}

function figuresOf(summary: BackupSummary, time: string): Figures {
  const { files, totalFiles, totalBytes, dataAdded, dataAddedPacked } = summary;
  return {
    time,
    files: totalFiles,
    bytes: totalBytes,
    filesNew: files.new,
    filesChanged: files.changed,
    filesUnmodified: files.unmodified,
    dataAdded,
    dataAddedPacked,
  };
}

function resultOf(summary: BackupSummary): JobResult {
  const { snapshotId, parentId, files, dirs, totalFiles, totalBytes, dataAdded, dataAddedPacked, problems } = summary;
  return {
    ...(snapshotId === undefined ? {} : { snapshotId }),
    ...(parentId === undefined ? {} : { parentId }),
    files: { ...files },
    dirs: { ...dirs },
    totalFiles,
    totalBytes,
    dataAdded,
    dataAddedPacked,
    problems: problems.length,
  };
}
