import { describe, expect, it } from 'vitest';
import { type HostAgentOptions, hostAgent } from '../../../../src/agent/hosted/host-agent.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import type { HostedMessage } from '../../../../src/control/hosted-agent.ts';
import type { AgentFile, AgentInfo } from '../../../../src/platform/agent-file.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const info: AgentInfo = {
  port: 4711,
  pid: 7,
  token: 'x'.repeat(32),
  startedAt: '2026-03-01T12:00:00.000Z',
  version: '1',
};
const ready = { type: 'ready', baseUrl: 'http://127.0.0.1:4711', token: info.token, pid: 7 };

/** Runs it on a made-up profile. */
function hosted(options: Partial<HostAgentOptions>) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const sent: HostedMessage[] = [];
  let file: AgentFile = { state: 'none' };
  const ended = hostAgent({
    send: (message) => sent.push(message),
    findAgent: () => file,
    runAgent: () => Promise.reject(new Error('not expected')),
    hasTrayHost: async () => true,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    onNotice: () => undefined,
    signal: stop.signal,
    ...options,
  });
  const found = (to: AgentFile) => {
    file = to;
  };
  return { sent, ended, clock, stop, found };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('hostAgent', () => {
  it('runs an agent where none runs, and says first what the desktop has, then where it listens', async () => {
    const one = hosted({
      findAgent: () => ({ state: 'running', agent: info }),
      hasTrayHost: async () => undefined,
    });
    expect(one.sent).toEqual([]);
    const { sent, stop, ended, clock } = hosted({
      findAgent: (() => {
        let calls = 0;
        return () => (calls++ === 0 ? { state: 'stale', agent: info } : { state: 'running', agent: info });
      })(),
      runAgent: async ({ onReady, signal }) => {
        onReady?.({ url: '', port: 4711 });
        await untilAborted(signal);
      },
    });
    await clock.advance(0);
    expect(sent).toEqual([
      { type: 'desktop', hasTrayHost: true },
      { ...ready, attached: false },
    ]);
    stop.abort();
    await ended;
    expect(sent).toHaveLength(2);
    one.stop.abort();
    await one.ended;
    expect(one.sent[0]).toEqual({ type: 'desktop' });
  });

  it('attaches to one that runs, until it is gone or another one is there', async () => {
    const { sent, ended, clock, found } = hosted({});
    found({ state: 'running', agent: info });
    await clock.advance(60_000);
    expect(sent).toEqual([
      { type: 'desktop', hasTrayHost: true },
      { ...ready, attached: true },
    ]);
    found({ state: 'running', agent: { ...info, startedAt: '2026-03-02T12:00:00.000Z' } });
    await clock.advance(1_000);
    await ended;
    expect(sent).toHaveLength(2);
  });

  it('attaches to the one that was quicker, and gives up on one that never listens', async () => {
    const locked = () => Promise.reject(new HoldfastError('locked', 'Another one.'));
    const late = hosted({ runAgent: locked });
    await late.clock.advance(2_500);
    late.found({ state: 'running', agent: info });
    await late.clock.advance(1_000);
    expect(late.sent.at(-1)).toEqual({ ...ready, attached: true });
    late.stop.abort();
    await late.ended;
    const never = hosted({ runAgent: locked });
    await never.clock.advance(20_000);
    await never.ended;
    expect(never.sent.at(-1)).toMatchObject({ type: 'failed', error: { code: 'locked' } });
  });

  it('sends why it cannot run, and that somebody told the agent to end', async () => {
    const failing = hosted({ runAgent: () => Promise.reject(new HoldfastError('unsupported', 'No such cipher.')) });
    await failing.ended;
    expect(failing.sent.at(-1)).toMatchObject({ type: 'failed', error: { code: 'unsupported' } });
    const buggy = hosted({ runAgent: () => Promise.reject(new TypeError('x is undefined')) });
    await buggy.ended;
    expect(buggy.sent.at(-1)).toMatchObject({ error: { code: 'internal', cause: 'x is undefined' } });
    const told = hosted({ runAgent: async () => undefined });
    await told.ended;
    expect(told.sent.at(-1)).toEqual({ type: 'ended' });
  });
});
