/** The agent as the desktop shell runs it: a process that says where the agent listens, or attaches to one that runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentProfile } from '../../support/agent.ts';
import { HostedAgent } from '../../support/hosted-agent.ts';

const entry = join(import.meta.dirname, '../../../src/agent/hosted/entry.ts');

describe('the agent of the desktop shell', () => {
  it('runs in the process that is started, until that is told to stop', async () => {
    await using profile = await agentProfile();
    await using hosted = new HostedAgent(entry, profile);
    const ready = await hosted.heard('ready');
    expect([ready.attached, ready.pid]).toEqual([false, hosted.child.pid]);
    const { signal } = new AbortController();
    const { agent } = hosted.client(ready);
    expect((await agent.status({ signal })).state).toBe('idle');
    for (const event of ['battery', 'mains', 'resume'] as const) await agent.power({ body: { event }, signal });
    hosted.stop();
    expect(await hosted.exit).toEqual([0, null]);
    expect(existsSync(join(profile.state, 'agent.json'))).toBe(false);
  });

  it('attaches to the one that runs, leaves it running, and ends when it is gone', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    await using first = new HostedAgent(entry, profile);
    const ready = await first.heard('ready');
    expect([ready.attached, ready.pid]).toEqual([true, agent.pid]);
    first.stop();
    expect(await first.exit).toEqual([0, null]);
    expect((await agent.notices()).length).toBe(0);
    await using second = new HostedAgent(entry, profile);
    await second.heard('ready');
    await agent.end('SIGTERM');
    expect(await second.exit).toEqual([0, null]);
  });

  it('ends with the shell that started it, and says when somebody else told the agent to end', async () => {
    await using profile = await agentProfile();
    await using orphan = new HostedAgent(entry, profile);
    await orphan.heard('ready');
    orphan.child.disconnect();
    expect(await orphan.exit).toEqual([0, null]);
    await using told = new HostedAgent(entry, profile);
    const ready = await told.heard('ready');
    await Promise.all([told.heard('ended'), told.client(ready).agent.stop({ signal: AbortSignal.timeout(30_000) })]);
    expect(await told.exit).toEqual([0, null]);
  });
});
