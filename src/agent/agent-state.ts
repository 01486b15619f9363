/** What the agent finds on the disk when it starts: its configuration, and what it remembers. */
import type { contract } from '../control/contract.ts';
import type { EventsOf } from '../control/contract-types.ts';
import { EventHub } from '../http/event-stream.ts';
import { JobLogs } from '../jobs/job-logs.ts';
import { type AgentOptions, agentPaths } from './agent-options.ts';
import { History } from './history/history.ts';
import { Statistics } from './history/statistics.ts';
import { Notices } from './notices.ts';
import { PlanMemory } from './plans/plan-memory.ts';
import { RemoteJobMemory } from './remotes/job-memory.ts';
import { RemoteStates } from './remotes/remote-states.ts';
import { ScheduleFile } from './schedule/schedule-file.ts';
import { ConfigStore } from './state/config-store.ts';
import { JobsStore } from './state/jobs-store.ts';
import { UpkeepMemory } from './upkeep/upkeep-memory.ts';

export type AgentEvents = EventsOf<typeof contract>;
export type AgentState = Awaited<ReturnType<typeof openState>>;

/** @throws `unsupported` for files of a newer version; `permission`, `io` */
export async function openState({ clock, folders, report }: AgentOptions) {
  const paths = agentPaths(folders);
  const notices = await Notices.open({ path: paths.notices, clock, onTrouble: report });
  const onNotice = notices.addState.bind(notices);
  const [store, memory, history, upkeepMemory] = await Promise.all([
    ConfigStore.open({ path: paths.config, clock }),
    PlanMemory.open(paths.plans, clock),
    History.open({ folder: paths.history, clock, onNotice: (notice) => onNotice([notice]) }),
    UpkeepMemory.open({ path: paths.upkeep, clock }),
  ]);
  const remoteIds = store.config.remotes.map(({ id }) => id);
  const remoteStates = await RemoteStates.open({ folder: paths.remotes, clock, ids: remoteIds });
  const remoteJobs = await RemoteJobMemory.open(paths.remoteJobs, clock);
  return {
    paths,
    notices,
    store,
    memory,
    history,
    upkeepMemory,
    remoteStates,
    remoteJobs,
    statistics: new Statistics({ folder: paths.history, clock, onNotice: (notice) => onNotice([notice]) }),
    logs: new JobLogs({ folder: paths.logs, clock }),
    /** These two are read by the queue and the scheduler. */
    jobsStore: new JobsStore({ path: paths.jobs, clock }),
    scheduleFile: new ScheduleFile({ path: paths.schedule, clock }),
    // Its heartbeats keep the process until it is closed: made when nothing can fail any more.
    events: new EventHub<AgentEvents>({ clock }),
  };
}
