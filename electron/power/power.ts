/**
 * The machine's power, as the desktop hears of it at once: handed to the agent, whose readiness decides. While a job runs the
 * machine does not go to sleep by itself (whoever closes the lid still gets sleep).
 */
import type { Clock } from '../../src/base/clock.ts';
import type { AgentClient } from '../agent/agent-feed.ts';
import { type AgentView, runningJobs } from '../agent/agent-view.ts';

/** What is used of Electron's powerMonitor. */
export interface PowerMonitor {
  on(event: 'suspend' | 'resume' | 'on-ac' | 'on-battery', listener: () => void): unknown;
}

/** What is used of Electron's powerSaveBlocker. */
export interface SleepBlocker {
  start(type: 'prevent-app-suspension'): number;
  stop(id: number): unknown;
}

type PowerEvent = Parameters<AgentClient['agent']['power']>[0]['body'];

/** Tells the agent of each event. `tell` must not throw. */
export function watchPower(monitor: PowerMonitor, clock: Clock, tell: (event: PowerEvent) => void): void {
  let sleepsSince: number | undefined;
  monitor.on('suspend', () => {
    sleepsSince = clock.now().getTime();
  });
  monitor.on('resume', () => {
    const sleptMs = sleepsSince === undefined ? 0 : Math.max(0, clock.now().getTime() - sleepsSince);
    sleepsSince = undefined;
    tell({ event: 'resume', sleptMs });
  });
  monitor.on('on-battery', () => tell({ event: 'battery' }));
  monitor.on('on-ac', () => tell({ event: 'mains' }));
}

/** Keeps the machine awake while a job runs, and no longer. */
export class StayAwake {
  readonly #blocker: SleepBlocker;
  #id: number | undefined;

  constructor(blocker: SleepBlocker) {
    this.#blocker = blocker;
  }

  agentChanged(view: AgentView): void {
    const isBusy = runningJobs(view).length > 0;
    if (isBusy && this.#id === undefined) this.#id = this.#blocker.start('prevent-app-suspension');
    if (isBusy || this.#id === undefined) return;
    this.#blocker.stop(this.#id);
    this.#id = undefined;
  }
}
