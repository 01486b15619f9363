/**
 * Gathers the facts that readiness depends on, and tells when it may have changed. It decides nothing: policy.ts does.
 *
 *     every 30 s, when told, when the machine woke, when the network settles:
 *         look at what the subjects' conditions depend on, and at nothing else
 *         if it differs from what anybody last saw: tell the listeners, who ask `readiness` for what they wait for
 */
import type { Clock } from '../../base/clock.ts';
import { mapBounded } from '../../base/concurrency.ts';
import type { Conditions } from '../../config/conditions.ts';
import { type NetworkPort, type NetworkStatus, unknownNetwork } from '../../platform/network.ts';
import { type PowerPort, type PowerStatus, unknownPower } from '../../platform/power.ts';
import type { Presence, PresencePort } from '../../platform/presence.ts';
import type { WakeEvents } from '../../platform/wake.ts';
import { Observations } from './observations.ts';
import { evaluateReadiness, networkSettleMs, type Readiness, type ReadinessFacts } from './policy.ts';
import { findQuietHours, localMinuteOfDay } from './quiet-hours.ts';
import { ReachabilityWatch, type RepositoryProbe } from './reachability.ts';
import { Settling } from './settling.ts';

/** What may run or not: a plan, a repository's upkeep, or a backup on a remote. */
export interface ReadinessSubject {
  readonly conditions: Conditions;
  readonly repositories: readonly SubjectRepository[];
  /** Reached over the network itself, whatever its repositories are. */
  readonly isRemote?: boolean;
}

export interface SubjectRepository {
  readonly id: string;
  readonly name: string;
  readonly isRemote: boolean;
}

export interface ReadinessMonitorOptions {
  readonly network: NetworkPort;
  readonly power: PowerPort;
  readonly presence: PresencePort;
  readonly probe: RepositoryProbe;
  readonly clock: Clock;
  /** Everything whose readiness somebody waits for or may ask about. */
  readonly subjects: () => readonly ReadinessSubject[];
  readonly wake?: WakeEvents;
  readonly pollMs?: number;
  /** For quiet hours; this host's own by default. */
  readonly timeZone?: string;
}

/** Paths are looked at a few at a time. */
const pathsAtOnce = 4;

export class ReadinessMonitor {
  readonly #options: ReadinessMonitorOptions;
  readonly #clock: Clock;
  readonly #pollMs: number;
  readonly #settling = new Settling();
  readonly #observations = new Observations();
  readonly #reachability: ReachabilityWatch;
  readonly #listeners = new Set<() => void>();
  #told = new AbortController();

  constructor(options: ReadinessMonitorOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#pollMs = options.pollMs ?? 30_000;
    this.#reachability = new ReachabilityWatch(options.probe, options.clock);
  }

  /** Called when readiness may have changed, until the function that it returns is called. Listeners do not throw. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at once: somebody knows that something changed. */
  lookNow(): void {
    this.#told.abort();
  }

  /** Whether something may run now, by facts gathered now. Rejects only when cancelled. */
  async readiness(subject: ReadinessSubject, signal: AbortSignal): Promise<Readiness> {
    return evaluateReadiness(subject.conditions, await this.facts(subject, signal));
  }

  /** What is known now of all that the subject depends on; the rest is 'unknown'. */
  async facts(subject: ReadinessSubject, signal: AbortSignal): Promise<ReadinessFacts> {
    const { conditions, repositories } = subject;
    const network = await this.#network([subject], signal);
    const askable = repositories.filter(({ isRemote }) => !(isRemote && network.online === false));
    const answers = await this.#reachability.ask(
      askable.map(({ id }) => id),
      signal,
    );
    for (const [id, { reachable }] of answers) this.#noteRepository(id, reachable);
    return {
      minuteOfDay: this.#minuteOfDay(),
      isRemote: subject.isRemote ?? false,
      network,
      networkSteadyMs: this.#settling.steadyMs(this.#clock.monotonicMs()),
      power: await this.#power([subject], signal),
      paths: await this.#paths(conditions.requirePaths ?? [], signal),
      repositories: repositories.map((repository) => ({
        ...repository,
        ...(answers.get(repository.id) ?? { reachable: 'unknown' }),
      })),
    };
  }

  /** Watches until cancelled: then it resolves. */
  async run(signal: AbortSignal): Promise<void> {
    const unsubscribe = this.#options.wake?.subscribe((event) => {
      if (event.type === 'woke') this.#settling.restart(this.#clock.monotonicMs());
      if (event.type === 'woke') this.#reachability.forget();
      this.lookNow();
    });
    try {
      await this.#watch(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      unsubscribe?.();
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#look(signal);
      if (this.#observations.takeChanged()) for (const listener of [...this.#listeners]) listener();
      await this.#pause(signal);
    }
  }

  /** Until the next poll, the network has settled, or `lookNow`. */
  async #pause(signal: AbortSignal): Promise<void> {
    const settlesInMs = networkSettleMs - this.#settling.steadyMs(this.#clock.monotonicMs());
    const pauseMs = settlesInMs > 0 ? Math.min(settlesInMs, this.#pollMs) : this.#pollMs;
    const told = this.#told.signal;
    try {
      await this.#clock.sleep(pauseMs, AbortSignal.any([signal, told]));
    } catch (error) {
      signal.throwIfAborted();
      if (!told.aborted) throw error;
    }
    if (told.aborted) this.#told = new AbortController();
  }

  /** Takes note of all that the subjects depend on. */
  async #look(signal: AbortSignal): Promise<void> {
    const subjects = this.#options.subjects();
    await this.#network(subjects, signal);
    await this.#power(subjects, signal);
    await this.#paths(new Set(subjects.flatMap(({ conditions }) => conditions.requirePaths ?? [])), signal);
    await this.#reachability.retryDue(
      new Set(subjects.flatMap(({ repositories }) => repositories.map(({ id }) => id))),
      signal,
    );
    for (const [id, { reachable }] of this.#reachability.known()) this.#noteRepository(id, reachable);
    const minuteOfDay = this.#minuteOfDay();
    for (const { quietHours } of subjects.map(({ conditions }) => conditions)) {
      this.#observations.note(`quiet ${JSON.stringify(quietHours)}`, findQuietHours(quietHours, minuteOfDay));
    }
  }

  async #network(subjects: readonly ReadinessSubject[], signal: AbortSignal): Promise<NetworkStatus> {
    if (!subjects.some(needsNetwork)) return unknownNetwork;
    const status = await this.#options.network.status(signal);
    const now = this.#clock.monotonicMs();
    this.#settling.observe(status.online, now);
    this.#observations.note('network', [status, this.#settling.steadyMs(now) >= networkSettleMs]);
    return status;
  }

  async #power(subjects: readonly ReadinessSubject[], signal: AbortSignal): Promise<PowerStatus> {
    if (!subjects.some(needsPower)) return unknownPower;
    const status = await this.#options.power.status(signal);
    this.#observations.note('power', status);
    return status;
  }

  async #paths(paths: Iterable<string>, signal: AbortSignal): Promise<Map<string, Presence>> {
    const { presence } = this.#options;
    const found = await mapBounded(paths, pathsAtOnce, signal, async (path) => {
      return [path, await presence.presence(path, signal)] as const;
    });
    for (const [path, is] of found) this.#observations.note(`path ${path}`, is);
    return new Map(found);
  }

  #noteRepository(id: string, reachable: boolean | 'unknown'): void {
    this.#observations.note(`repository ${id}`, reachable);
  }

  #minuteOfDay(): number {
    return localMinuteOfDay(this.#clock.now(), this.#options.timeZone);
  }
}

function needsNetwork({ conditions, repositories, isRemote: isItself }: ReadinessSubject): boolean {
  return isItself === true || repositories.some(({ isRemote }) => isRemote) || (conditions.wifiNames?.length ?? 0) > 0;
}

function needsPower({ conditions }: ReadinessSubject): boolean {
  return conditions.notOnBattery === true || conditions.minBatteryPercent !== undefined;
}
