/** On the client's real type, with an agent that a test plays. */
import { describe, expect, it } from 'vitest';
import { type AgentClient, AgentFeed } from '../../../electron/agent/agent-feed.ts';
import type { AgentView, Job, Notice, Status } from '../../../electron/agent/agent-view.ts';
import { doAgentAction, isAgentAction } from '../../../electron/agent/do-action.ts';
import type { contract } from '../../../src/control/contract.ts';
import type { ListenOptions } from '../../../src/control/listen.ts';
import { agentView, job, notice } from '../../support/agent-view.ts';

type Listening = ListenOptions<typeof contract>;
const ready = { state: 'ready', baseUrl: 'http://127.0.0.1:1', token: 't', attached: false } as const;
const settle = () => new Promise(setImmediate);

function fed() {
  const listening: Listening[] = [];
  const questions: ((status: Status) => void)[] = [];
  const views: AgentView[] = [];
  const notices: Notice[] = [];
  const ended: Job[] = [];
  // Only what the feed uses.
  const client = {
    events: (options: Listening) => {
      listening.push(options);
      return new Promise<void>((resolve) => options.signal.addEventListener('abort', () => resolve()));
    },
    agent: { status: () => new Promise<Status>((resolve) => questions.push(resolve)) },
    settings: { get: async () => ({ language: 'de' }) },
  } as unknown as AgentClient;
  const feed = new AgentFeed({
    connect: () => client,
    onChange: (view) => views.push(view),
    onNotice: (one) => notices.push(one),
    onJobEnded: (one) => ended.push(one),
    onTrouble: (error) => {
      throw error;
    },
  });
  const changed = (data: Job) => listening.at(-1)!.onEvent({ id: '1', type: 'job.changed', data });
  return { feed, client, listening, questions, views, notices, ended, changed };
}

const status = agentView().status!;

describe('the feed', () => {
  it('asks when it is connected, when anything may have been missed, and when the status changed', async () => {
    const { feed, client, listening, questions } = fed();
    expect(feed.client).toBeUndefined();
    feed.connectionChanged(ready);
    expect(feed.client).toBe(client);
    const [stream] = listening;
    for (const [asked, happens] of [
      () => stream?.onState?.({ state: 'open' }),
      () => stream?.onReset(),
      () => stream?.onEvent({ id: '1', type: 'status.changed', data: {} }),
    ].entries()) {
      happens();
      expect(questions).toHaveLength(asked + 1);
      questions[asked]!({ ...status, pid: asked + 1 });
      await settle();
      expect([feed.view.status?.pid, feed.view.language]).toEqual([asked + 1, 'de']);
    }
  });

  it('asks one question at a time, and one more when something changed meanwhile', async () => {
    const { feed, listening, questions } = fed();
    feed.connectionChanged(ready);
    for (let n = 0; n < 5; n++) listening[0]?.onReset();
    expect(questions).toHaveLength(1);
    questions[0]!(status);
    await settle();
    expect(questions).toHaveLength(2);
    questions[1]!(status);
    await settle();
    expect(questions).toHaveLength(2);
  });

  it('follows jobs between two questions; progress asks nothing, ends are told', async () => {
    const { feed, listening, questions, changed, ended } = fed();
    feed.connectionChanged(ready);
    listening[0]?.onReset();
    questions[0]!({ ...status, jobs: [job()] });
    await settle();
    changed(job({ progress: { bytesDone: 5 } }));
    expect([feed.view.status?.jobs, questions.length, ended]).toEqual([[job({ progress: { bytesDone: 5 } })], 1, []]);
    changed(job({ state: 'done' }));
    expect([feed.view.status?.jobs, questions.length, ended]).toEqual([[], 2, [job({ state: 'done' })]]);
  });

  it('tells notices', () => {
    const { feed, listening, notices, questions } = fed();
    feed.connectionChanged(ready);
    listening[0]?.onEvent({ id: '1', type: 'notice', data: notice() });
    expect([notices, questions.length]).toEqual([[notice()], 1]);
  });

  it('forgets an agent that is gone, also what it still answers', async () => {
    const { feed, listening, questions, views } = fed();
    feed.connectionChanged(ready);
    listening[0]?.onReset();
    feed.connectionChanged({ state: 'ended' });
    expect([listening[0]?.signal.aborted, feed.client]).toEqual([true, undefined]);
    questions[0]!(status);
    await settle();
    expect(views.at(-1)).toEqual({ connection: { state: 'ended' }, status: undefined });
    expect(views.some((view) => view.language === 'de')).toBe(false);
    feed.connectionChanged(ready);
    feed.close();
    expect(listening[1]?.signal.aborted).toBe(true);
  });
});

describe('what the tray does with the agent', () => {
  it.each([
    [{ do: 'back-up', planId: 'p' }, ['plans.run', { params: { id: 'p' }, body: {} }]],
    [{ do: 'cancel', jobId: 'j' }, ['jobs.cancel', { params: { id: 'j' } }]],
    [{ do: 'cancel-all' }, ['jobs.cancelAll', {}]],
    [{ do: 'pause', for: 'tomorrow' }, ['agent.pause', { body: { for: 'tomorrow' } }]],
    [{ do: 'resume' }, ['agent.resume', {}]],
  ] as const)('%o', async (action, expected) => {
    const called: unknown[] = [];
    const { signal } = new AbortController();
    const call = (name: string) => async (input: object) => void called.push([name, input]);
    // Only what the tray uses.
    const client = {
      plans: { run: call('plans.run') },
      jobs: { cancel: call('jobs.cancel'), cancelAll: call('jobs.cancelAll') },
      agent: { pause: call('agent.pause'), resume: call('agent.resume') },
    } as unknown as AgentClient;
    expect(isAgentAction(action)).toBe(true);
    await doAgentAction(action, client, signal);
    expect(called).toEqual([[expected[0], { ...expected[1], signal }]]);
  });

  it('is not what the shell does itself', () => {
    for (const what of ['start-agent', 'install-update', 'quit'] as const)
      expect(isAgentAction({ do: what })).toBe(false);
  });
});
