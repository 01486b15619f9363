/** What events of the agent do to the answers that the window holds. */
import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import type { ConnectionState } from '../../../renderer/data/connection.ts';
import { followAgent } from '../../../renderer/data/live.ts';
import { HoldfastError } from '../../../src/base/errors.ts';
import type { contract } from '../../../src/control/contract.ts';
import type { EventOf } from '../../../src/control/contract-types.ts';
import type { ListenOptions } from '../../../src/control/listen.ts';
import type { jobSchema } from '../../../src/control/schemas/jobs.ts';

type Job = z.output<typeof jobSchema>;
type AgentEvent = EventOf<typeof contract>;

function job(id: string, state: Job['state'], filesDone = 0): Job {
  return {
    id,
    kind: 'backup',
    state,
    trigger: 'manual',
    planId: 'files',
    repositoryIds: [],
    input: {},
    attempt: 1,
    createdAt: '2026-11-20T10:00:00Z',
    progress: { filesDone },
  };
}

const changed = (data: Job): AgentEvent => ({ id: '1', type: 'job.changed', data });

/** A window that follows an agent whose events the test makes. */
function follow() {
  vi.useFakeTimers();
  const queryClient = new QueryClient();
  const states: ConnectionState[] = [];
  const stop = new AbortController();
  let told: ListenOptions<typeof contract> | undefined;
  const end = Promise.withResolvers<void>();
  const following = followAgent({
    client: {
      events: (options) => {
        told = options;
        return end.promise;
      },
    },
    queryClient,
    signal: stop.signal,
    onConnection: (state) => states.push(state),
  });
  const invalidated = vi.spyOn(queryClient, 'invalidateQueries');
  return {
    queryClient,
    states,
    agent: told!,
    end,
    following,
    invalidated: () => invalidated.mock.calls.map(([filters]) => filters?.queryKey?.join('.') ?? 'all'),
    [Symbol.dispose]: () => {
      end.resolve();
      vi.useRealTimers();
    },
  };
}

describe('the live connection', () => {
  it('puts running jobs into lists at once, many events together, and asks anew when one has ended', () => {
    using window = follow();
    const { queryClient, agent } = window;
    queryClient.setQueryData(['jobs', 'list'], [job('a', 'running')]);
    queryClient.setQueryData(['jobs', 'get', { params: { id: 'a' } }], job('a', 'running'));
    for (let at = 1; at <= 1000; at++) agent.onEvent(changed(job('a', 'running', at)));
    agent.onEvent(changed(job('b', 'queued')));
    expect(queryClient.getQueryData<Job[]>(['jobs', 'list'])?.[0]?.progress?.filesDone).toBe(0);
    vi.advanceTimersByTime(200);
    expect(queryClient.getQueryData<Job[]>(['jobs', 'list'])?.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(queryClient.getQueryData<Job[]>(['jobs', 'list'])?.[0]?.progress?.filesDone).toBe(1000);
    expect(queryClient.getQueryData<Job>(['jobs', 'get', { params: { id: 'a' } }])?.progress?.filesDone).toBe(1000);
    // Nobody looks at it: nothing is kept of it.
    expect(queryClient.getQueryData(['jobs', 'get', { params: { id: 'b' } }])).toBeUndefined();
    expect(window.invalidated()).toEqual([]);
    agent.onEvent(changed(job('a', 'done')));
    vi.advanceTimersByTime(200);
    expect(queryClient.getQueryData<Job[]>(['jobs', 'list'])?.map(({ id }) => id)).toEqual(['b']);
    expect(window.invalidated().sort()).toEqual(['agent', 'jobs', 'plans', 'repositories', 'snapshots']);
  });

  it('asks the status, and what comes into the history with it, anew when it changed, and a remote when that did', () => {
    using window = follow();
    window.agent.onEvent({ id: '1', type: 'status.changed', data: {} });
    window.agent.onEvent({ id: '2', type: 'status.changed', data: {} });
    window.agent.onEvent({ id: '3', type: 'remote.changed', data: { remoteId: 'panel' } });
    vi.advanceTimersByTime(200);
    expect(window.invalidated()).toEqual(['agent', 'plans', 'jobs', 'repositories', 'remotes']);
  });

  it('asks for everything when the stream opens, and when events were missed', () => {
    using window = follow();
    window.agent.onState?.({ state: 'open' });
    window.agent.onReset();
    expect(window.invalidated()).toEqual(['all', 'all']);
  });

  it('says how the connection is, and why it will not come back', async () => {
    using window = follow();
    const error = new HoldfastError('network', 'gone', { retry: 'backoff' });
    window.agent.onState?.({ state: 'waiting', retryInMs: 4000, error });
    window.agent.onState?.({ state: 'open' });
    window.end.reject(new HoldfastError('unauthenticated', 'no login'));
    await window.following;
    expect(window.states).toMatchObject([
      { state: 'waiting', retryAt: Date.now() + 4000 },
      { state: 'open' },
      { state: 'refused', error: { code: 'unauthenticated' } },
    ]);
  });
});
