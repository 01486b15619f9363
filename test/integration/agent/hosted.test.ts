/** The agent as the desktop shell runs it: a process that says where the agent listens, or attaches to one that runs. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../../src/control/client.ts';
import { contract } from '../../../src/control/contract.ts';
import { type HostedMessage, hostedMessageSchema, stopMessage } from '../../../src/control/hosted-agent.ts';
import { type AgentProfile, agentProfile } from '../../support/agent.ts';

const entry = join(import.meta.dirname, '../../../src/agent/hosted/entry.ts');
type Ready = Extract<HostedMessage, { type: 'ready' }>;

/** A started process, ended with its block. */
class Hosted implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly exit: Promise<unknown[]>;

  constructor({ env }: AgentProfile) {
    this.child = fork(entry, { env, execArgv: ['--disable-warning=ExperimentalWarning'], stdio: 'inherit' });
    this.exit = once(this.child, 'exit');
  }

  async heard<T extends HostedMessage['type']>(type: T): Promise<Extract<HostedMessage, { type: T }>> {
    for (;;) {
      const [data] = await Promise.race([
        once(this.child, 'message'),
        this.exit.then(([code]) => Promise.reject(new Error(`ended with ${code}`))),
      ]);
      const message = hostedMessageSchema.parse(data);
      if (message.type === type) return message as Extract<HostedMessage, { type: T }>;
    }
  }

  client({ baseUrl, token }: Ready) {
    return createClient(contract, { baseUrl, token });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    await this.exit;
  }
}

describe('the agent of the desktop shell', () => {
  it('runs in the process that is started, until that is told to stop', async () => {
    await using profile = await agentProfile();
    await using hosted = new Hosted(profile);
    const ready = await hosted.heard('ready');
    expect([ready.attached, ready.pid]).toEqual([false, hosted.child.pid]);
    const { signal } = new AbortController();
    const { agent } = hosted.client(ready);
    expect((await agent.status({ signal })).state).toBe('idle');
    for (const event of ['battery', 'mains', 'resume'] as const) await agent.power({ body: { event }, signal });
    hosted.child.send(stopMessage);
    expect(await hosted.exit).toEqual([0, null]);
    expect(existsSync(join(profile.state, 'agent.json'))).toBe(false);
  });

  it('attaches to the one that runs, leaves it running, and ends when it is gone', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    await using first = new Hosted(profile);
    const ready = await first.heard('ready');
    expect([ready.attached, ready.pid]).toEqual([true, agent.pid]);
    first.child.send(stopMessage);
    expect(await first.exit).toEqual([0, null]);
    expect((await agent.notices()).length).toBe(0);
    await using second = new Hosted(profile);
    await second.heard('ready');
    await agent.end('SIGTERM');
    expect(await second.exit).toEqual([0, null]);
  });

  it('ends with the shell that started it, and says when somebody else told the agent to end', async () => {
    await using profile = await agentProfile();
    await using orphan = new Hosted(profile);
    await orphan.heard('ready');
    orphan.child.disconnect();
    expect(await orphan.exit).toEqual([0, null]);
    await using told = new Hosted(profile);
    const ready = await told.heard('ready');
    await Promise.all([told.heard('ended'), told.client(ready).agent.stop({ signal: AbortSignal.timeout(30_000) })]);
    expect(await told.exit).toEqual([0, null]);
  });
});
