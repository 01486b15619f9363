/**
 * The agent, from its start to its end:
 *
 *   read what is on disk ─► make and connect the parts ─► the embedded repository, at the first start ─► take up the queue
 *   ─► schedule, watch, look around … until disposed: jobs stop and are queued again, all that waits ends; within 5 seconds
 *
 *   scheduler, watchers, readiness, retries ─► PlanRuns ─► JobQueue ─► runners ─► JobFlow ─► history, follow-ups, notices
 *   configuration changed ─► scheduler items, watchers, readiness, retries anew
 *   everything that changes ─► events for the faces
 */
import { existsSync } from 'node:fs';
import { HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
import type { AgentOptions } from './agent-options.ts';
import { type AgentParts, createParts } from './agent-parts.ts';
import { type AgentState, openState } from './agent-state.ts';

const recheckEveryMs = 60_000;
const cleanEveryMs = 24 * 3_600_000;

export class Agent implements AsyncDisposable {
  readonly parts: AgentParts;
  readonly #stop = new AbortController();
  #background: Promise<unknown> = Promise.resolve();

  private constructor(options: AgentOptions, state: AgentState) {
    this.parts = createParts(options, state, this.#stop.signal);
  }

  /** Reads what is on disk, makes the embedded repository at the first start, and begins to run. */
  static async start(options: AgentOptions, signal: AbortSignal): Promise<Agent> {
    const state = await openState(options);
    const agent = new Agent(options, state);
    try {
      await agent.#start(signal);
      return agent;
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { queue, watches, events, opened, notices, telling, options } = this.parts;
    const late = await queue.drain(AbortSignal.timeout(5000));
    for (const job of late) options.report(new HoldfastError('timeout', `The job ${job.id} did not stop in time.`));
    this.#stop.abort(new HoldfastError('cancelled', 'The agent ends.'));
    await Promise.all([this.#background, watches.ended()]);
    events.close();
    await Promise.all([opened[Symbol.asyncDispose](), notices.flush(), telling[Symbol.asyncDispose]()]);
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { store, notices, reactions, memory, upkeepMemory, remoteStates, remoteJobs, jobsStore } = this.parts;
    const { readiness, watches, queue, flow, options } = this.parts;
    notices.subscribe((notice) => reactions.noticed(notice));
    await this.#ensureRepository(signal);
    notices.addState([
      ...store.notices,
      ...memory.notices,
      ...upkeepMemory.notices,
      ...remoteStates.notices,
      ...remoteJobs.notices,
    ]);
    store.onChange((config) => reactions.configured(config));
    readiness.subscribe(() => reactions.lookAgain());
    options.wake.subscribe((event) => {
      if (event.type === 'woke') watches.woke();
      reactions.lookAgain();
    });
    await queue.start();
    notices.addState(jobsStore.notices);
    reactions.configured(store.config);
    flow.resume(store.config.plans);
    this.#background = this.#run();
  }

  /** Without one, the rest of the agent is of use all the same: one can be added. */
  async #ensureRepository(signal: AbortSignal): Promise<void> {
    const { repositories, notices, paths } = this.parts;
    if (existsSync(paths.config)) return; // whoever took it off the list did so for a reason
    try {
      await repositories.ensureDefault(paths.repository, signal);
    } catch (error) {
      signal.throwIfAborted();
      notices.add({
        level: 'error',
        code: 'no-repository',
        message: `There is no repository to back up to yet: ${messageOf(error)}`,
        hint: (isHoldfastError(error) ? error.hint : undefined) ?? 'Add one.',
      });
    }
  }

  /** Until stopped. What fails in one of these must not end the others. */
  async #run(): Promise<void> {
    const { scheduler, readiness, overdue, scheduleFile, notices, reactions, logs, store, options } = this.parts;
    const { remotePoll } = this.parts;
    const { signal } = this.#stop;
    const every = async (ms: number, work: () => Promise<unknown>): Promise<void> => {
      while (!signal.aborted) {
        await options.clock.sleep(ms, signal).catch(() => undefined);
        if (!signal.aborted) reactions.later(work());
      }
    };
    const removeOldLogs = () => logs.removeOld(store.config.settings.maintenance.keepLogsDays, signal);
    reactions.later(removeOldLogs());
    reactions.later(reactions.removeOldScratch());
    const running = [
      scheduler.run(signal).finally(() => notices.addState(scheduleFile.notices)),
      readiness.run(signal),
      overdue.run(signal),
      remotePoll.run(signal),
      every(recheckEveryMs, () => this.parts.runs.recheck()),
      every(cleanEveryMs, removeOldLogs),
      every(recheckEveryMs, async () => reactions.keepBandwidth()),
    ];
    await Promise.all(running.map((one) => one.catch(options.report)));
  }
}
