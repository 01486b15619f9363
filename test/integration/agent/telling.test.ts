/** What the agent tells others, by settings that are changed while it runs; to a real service on loopback. */
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { agentProfile, type RunningAgent } from '../../support/agent.ts';
import { httpSink } from '../../support/http-sink.ts';
import { makeTree } from '../../support/make-tree.ts';
import { smtpSink } from '../../support/smtp-sink.ts';

type Settings = Awaited<ReturnType<RunningAgent['client']['settings']['get']>>;

async function tell(agent: RunningAgent, telling: Partial<Settings['telling']>): Promise<Settings> {
  const { signal } = agent;
  const settings = await agent.client.settings.get({ signal });
  const body = { ...settings, telling: { ...settings.telling, ...telling } };
  return agent.client.settings.update({ body, signal });
}

describe('telling', () => {
  it('by webhook, ping and mail: of tests, of runs, of failures', async () => {
    await using profile = await agentProfile();
    await using sink = await httpSink();
    await using mail = await smtpSink();
    const source = profile.folder.at('source');
    makeTree(source, { files: 5, bytes: 1000, seed: 1 });
    const agent = await profile.start();
    const { signal } = agent;
    const settings = await tell(agent, {
      webhooks: [
        {
          id: 'hook',
          url: `${sink.url}/hook`,
          events: ['succeeded', 'failed'],
          secretHeader: { name: 'X-Key', secret: 'telling-hook' },
        },
      ],
      pings: [{ id: 'ping', url: `${sink.url}/ping` }],
      mail: {
        host: '127.0.0.1',
        port: mail.port,
        secure: false,
        from: 'holdfast@example.org',
        to: ['me@example.org'],
        events: ['failed'],
      },
    });
    expect(settings.telling.webhooks).toHaveLength(1);
    const test = (id: string) => agent.client.settings.testTelling({ params: { id }, signal });
    await expect(test('hook')).rejects.toMatchObject({ code: 'not-found', hint: expect.any(String) });
    const secret = { params: { name: 'telling-hook' }, body: { value: 'key of the hook' } };
    await agent.client.settings.setSecret({ ...secret, signal });
    for (const id of ['hook', 'ping', 'mail']) await test(id);
    await expect(test('nobody')).rejects.toMatchObject({ code: 'not-found' });
    expect(sink.received[0]).toMatchObject({ url: '/hook', headers: { 'x-key': 'key of the hook' } });
    expect(mail.letters[0]?.data).toContain('This is a test');

    const plan = await agent.addPlan({ name: 'Letters', sources: [source] });
    const job = await agent.run(plan.id);
    await sink.until(({ url }) => url === '/ping/start');
    const done = await sink.until(({ url, body }) => url === '/hook' && body.includes(job.id));
    expect(JSON.parse(done.body)).toMatchObject({ kind: 'succeeded', planName: 'Letters', jobKind: 'backup' });
    rmSync(source, { recursive: true });
    const failed = await agent.run(plan.id);
    await sink.until(({ url }) => url === '/ping/fail');
    const told = await sink.until(({ url, body }) => url === '/hook' && body.includes(failed.id));
    expect(JSON.parse(told.body)).toMatchObject({ kind: 'failed', message: expect.stringContaining(source) });
    await mail.until(2);
    expect(mail.letters[1]?.data).toContain('Letters');

    await agent.client.settings.removeSecret({ params: { name: 'telling-hook' }, signal });
    await expect(test('hook')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that fails fails no job, and is told to the user', async () => {
    await using profile = await agentProfile();
    await using sink = await httpSink(404);
    const source = profile.folder.at('source');
    makeTree(source, { files: 5, bytes: 1000, seed: 1 });
    const agent = await profile.start();
    await tell(agent, { webhooks: [{ id: 'hook', url: `${sink.url}/hook`, events: ['started', 'succeeded'] }] });
    const plan = await agent.addPlan({ sources: [source] });
    expect((await agent.run(plan.id)).state).toBe('done');
    const notice = await agent.until('notice', async () =>
      (await agent.notices()).find(({ code }) => code === 'telling-failed'),
    );
    expect(notice.message).toContain('webhook "hook"');
  });

  it('refuses settings that cannot be, and says which field', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    const rejected = (telling: object) =>
      tell(agent, telling).then(
        () => 'taken',
        ({ code, fields }) => [code, fields[0]?.path],
      );
    expect(await rejected({ webhooks: [{ id: 'a', url: 'file:///etc/passwd', events: ['failed'] }] })).toEqual([
      'invalid-input',
      'telling.webhooks.0.url',
    ]);
    expect(await rejected({ pings: [{ id: 'Not An Id', url: 'http://127.0.0.1' }] })).toEqual([
      'invalid-input',
      'telling.pings.0.id',
    ]);
    const secret = { params: { name: 'default-repository' }, body: { value: 'x' }, signal: agent.signal };
    await expect(agent.client.settings.setSecret(secret)).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(
      agent.client.settings.removeSecret({ params: { name: 'default-repository' }, signal: agent.signal }),
    ).rejects.toMatchObject({ code: 'invalid-input' });
  });
});
