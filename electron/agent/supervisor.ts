/**
 * Keeps the agent's process running: whatever ends it, it is started again, later each time; the user is told when it does not
 * stay. It stays ended when the user (or a program of his) told it to end.
 *
 *   start ─► starting ─► ready ─► it ended ─┬─ told to by somebody: ended
 *               ▲                           │
 *               └────── waiting ◄───────────┴─ else: after 0.5 s, 2 s, 8 s, 32 s, 60 s …; the 4th time the user is told
 *
 * One that had been ready for a minute begins the row anew, and so does the end of one that was only attached to.
 */
import type { Clock } from '../../src/base/clock.ts';
import type { HostedMessage } from '../../src/control/hosted-agent.ts';
import type { AgentConnection } from './agent-view.ts';
import { isToBeTold, retryInMs, steadyMs } from './back-off.ts';

/** A started process (Electron's utility process). */
export interface AgentProcess {
  /** Tells it to end; it takes a few seconds when jobs run. */
  stop(): void;
  kill(): void;
}

export interface AgentProcessEvents {
  /** Whatever it says that is a message of ours. */
  readonly onMessage: (message: HostedMessage) => void;
  /** Once, whatever ended it. */
  readonly onExit: (code: number) => void;
}

export interface SupervisorOptions {
  readonly spawn: (events: AgentProcessEvents) => AgentProcess;
  readonly clock: Clock;
  readonly onChange: (connection: AgentConnection) => void;
  /** It does not stay running; `why` is a sentence. */
  readonly onFailing: (why: string) => void;
  readonly onDesktop: (hasTrayHost: boolean | undefined) => void;
}

/** More than the agent takes for its end (5 s for its jobs). */
const endingMs = 10_000;

export class AgentSupervisor {
  readonly #options: SupervisorOptions;
  #connection: AgentConnection = { state: 'starting' };
  #process: AgentProcess | undefined;
  #failures = 0;
  #readyAtMs: number | undefined;
  #why = '';
  #wasToldToEnd = false;
  #waiting = new AbortController();
  readonly #gone = Promise.withResolvers<void>();
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get connection(): AgentConnection {
    return this.#connection;
  }

  /** Starts it, now, unless it runs. */
  start(): void {
    if (this.#process !== undefined || this.#stopping) return;
    this.#waiting.abort();
    this.#readyAtMs = undefined;
    this.#wasToldToEnd = false;
    this.#why = '';
    this.#set({ state: 'starting' });
    this.#process = this.#options.spawn({
      onMessage: (message) => this.#heard(message),
      onExit: (code) => this.#ended(code),
    });
  }

  /** Ends it, for good. Resolves when it is gone; it is killed when it takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#waiting.abort();
    const running = this.#process;
    if (running === undefined) return;
    running.stop();
    const late = new AbortController();
    const kill = this.#options.clock.sleep(endingMs, late.signal).then(
      () => running.kill(),
      () => undefined,
    );
    await this.#gone.promise;
    late.abort();
    await kill;
  }

  #heard(message: HostedMessage): void {
    if (message.type === 'desktop') this.#options.onDesktop(message.hasTrayHost);
    else if (message.type === 'ended') this.#wasToldToEnd = true;
    else if (message.type === 'failed') this.#why = message.error.message;
    else {
      const { baseUrl, token, attached } = message;
      this.#readyAtMs = this.#options.clock.monotonicMs();
      this.#set({ state: 'ready', baseUrl, token, attached });
    }
  }

  #ended(code: number): void {
    const was = this.#connection;
    this.#process = undefined;
    if (this.#stopping) this.#gone.resolve();
    else if (this.#wasToldToEnd) {
      this.#failures = 0;
      this.#set({ state: 'ended' });
    } else this.#failed(was, code);
  }

  #failed(was: AgentConnection, code: number): void {
    const ranMs = this.#readyAtMs === undefined ? 0 : this.#options.clock.monotonicMs() - this.#readyAtMs;
    const isFine = ranMs >= steadyMs || (was.state === 'ready' && was.attached && code === 0);
    this.#failures = isFine ? 1 : this.#failures + 1;
    const why = this.#why || `It ended with code ${code}.`;
    this.#wait(retryInMs(this.#failures), why);
    if (isToBeTold(this.#failures)) this.#options.onFailing(why);
  }

  #wait(ms: number, why: string): void {
    this.#waiting = new AbortController();
    this.#set({ state: 'waiting', retryInMs: ms, failures: this.#failures, why });
    this.#options.clock.sleep(ms, this.#waiting.signal).then(
      () => this.start(),
      () => undefined,
    );
  }

  #set(connection: AgentConnection): void {
    this.#connection = connection;
    this.#options.onChange(connection);
  }
}
