import { describe, expect, it } from 'vitest';
import type { AgentConnection } from '../../../electron/agent/agent-view.ts';
import { retryInMs } from '../../../electron/agent/back-off.ts';
import { type AgentProcessEvents, AgentSupervisor } from '../../../electron/agent/supervisor.ts';
import { FakeClock } from '../../support/fake-clock.ts';

class Started {
  readonly events: AgentProcessEvents;
  stopped = 0;
  killed = 0;
  constructor(events: AgentProcessEvents) {
    this.events = events;
  }
  ready(attached = false) {
    this.events.onMessage({ type: 'ready', baseUrl: 'http://127.0.0.1:1', token: 't', pid: 1, attached });
  }
  stop() {
    this.stopped++;
  }
  kill() {
    this.killed++;
    this.events.onExit(137);
  }
}

function supervised() {
  const clock = new FakeClock();
  const started: Started[] = [];
  const states: AgentConnection[] = [];
  const told: string[] = [];
  const desktops: unknown[] = [];
  const supervisor = new AgentSupervisor({
    clock,
    spawn: (events) => {
      started.push(new Started(events));
      return started.at(-1)!;
    },
    onChange: (connection) => states.push(connection),
    onFailing: (why) => told.push(why),
    onDesktop: (has) => desktops.push(has),
  });
  supervisor.start();
  return { clock, started, states, told, desktops, supervisor, last: () => started.at(-1)! };
}

describe('the supervisor', () => {
  it('starts the agent once, and says when it is ready and what the desktop has', () => {
    const { supervisor, started, states, desktops, last } = supervised();
    supervisor.start();
    expect(started).toHaveLength(1);
    last().events.onMessage({ type: 'desktop', hasTrayHost: false });
    last().ready();
    expect(desktops).toEqual([false]);
    expect(states).toEqual([
      { state: 'starting' },
      { state: 'ready', baseUrl: 'http://127.0.0.1:1', token: 't', attached: false },
    ]);
  });

  it('starts it again after it ended, later each time, and tells once that it does not stay', async () => {
    const { clock, started, told, supervisor, last } = supervised();
    for (const [failures, waitMs] of [500, 2_000, 8_000, 32_000, 60_000, 60_000].entries()) {
      last().events.onMessage({
        type: 'failed',
        error: { code: 'io', message: 'No disk.', retry: 'never', context: {} },
      });
      last().events.onExit(1);
      expect(supervisor.connection).toEqual({
        state: 'waiting',
        retryInMs: waitMs,
        failures: failures + 1,
        why: 'No disk.',
      });
      expect(told).toHaveLength(failures >= 3 ? 1 : 0);
      await clock.advance(waitMs - 1);
      expect(started).toHaveLength(failures + 1);
      await clock.advance(1);
      expect(started).toHaveLength(failures + 2);
    }
    expect(told).toEqual(['No disk.']);
    expect(retryInMs(1_000)).toBe(60_000);
  });

  it('begins anew when it had run for a minute, and when the one that it was attached to is gone', async () => {
    const { clock, supervisor, last } = supervised();
    const end = async (code: number) => {
      last().events.onExit(code);
      const { connection } = supervisor;
      await clock.advance(60_000);
      return connection;
    };
    await end(1);
    last().ready();
    expect(await end(1)).toMatchObject({ failures: 2, why: 'It ended with code 1.' });
    last().ready();
    await clock.advance(60_000);
    expect(await end(1)).toMatchObject({ failures: 1, retryInMs: 500 });
    expect(await end(1)).toMatchObject({ failures: 2 });
    last().ready(true);
    expect(await end(0)).toMatchObject({ failures: 1 });
  });

  it('leaves it ended when somebody told it to end, until it is started again', async () => {
    const { clock, supervisor, started, last } = supervised();
    last().ready();
    last().events.onMessage({ type: 'ended' });
    last().events.onExit(0);
    expect(supervisor.connection).toEqual({ state: 'ended' });
    await clock.advance(3_600_000);
    expect(started).toHaveLength(1);
    supervisor.start();
    expect(started).toHaveLength(2);
    expect(supervisor.connection).toEqual({ state: 'starting' });
  });

  it('need not be waited for by a user who starts it', async () => {
    const { clock, supervisor, started, last } = supervised();
    last().events.onExit(1);
    supervisor.start();
    expect(started).toHaveLength(2);
    await clock.advance(60_000);
    expect(started).toHaveLength(2);
  });

  it('ends it and waits for that, kills it when it takes too long, and starts none afterwards', async () => {
    const one = supervised();
    one.last().ready();
    const stopped = one.supervisor.stop();
    expect(one.last().stopped).toBe(1);
    one.last().events.onExit(0);
    await stopped;
    expect([one.last().killed, one.clock.sleeping]).toEqual([0, 0]);

    const slow = supervised();
    const killed = slow.supervisor.stop();
    await slow.clock.advance(10_000);
    await killed;
    expect(slow.last().killed).toBe(1);
    slow.supervisor.start();
    expect(slow.started).toHaveLength(1);

    const waiting = supervised();
    waiting.last().events.onExit(1);
    await waiting.supervisor.stop();
    await waiting.clock.advance(60_000);
    expect(waiting.started).toHaveLength(1);
  });
});
