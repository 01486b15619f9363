import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Telling } from '../../../../src/agent/telling/telling.ts';
import { eventOfJob, type TellingEvent } from '../../../../src/agent/telling/telling-event.ts';
import { tellingSchema } from '../../../../src/config/telling.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { smtpSink } from '../../../support/smtp-sink.ts';

const { signal } = new AbortController();
const canary = 'canary-7b2e';

interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A service that answers with these statuses, one after the other, then with 200; 0 is no answer at all. */
async function service(...statuses: readonly number[]) {
  const received: Received[] = [];
  const left = [...statuses];
  let wake = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push({ url: request.url ?? '', headers: request.headers, body });
    const status = left.shift() ?? 200;
    if (status !== 0) response.writeHead(status, { location: '/elsewhere' }).end('thanks');
    wake.resolve();
    wake = Promise.withResolvers();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook/${canary}`,
    received,
    until: async (count: number) => {
      while (received.length < count) await wake.promise;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function tellingOf(config: object, secrets: Readonly<Record<string, string>> = {}) {
  const clock = new FakeClock();
  const reports: { readonly error: unknown; readonly channel: string; readonly event: TellingEvent }[] = [];
  const telling = new Telling({
    config: tellingSchema.parse(config),
    secrets: async (name) => secrets[name],
    clock,
    report: (error, channel, event) => reports.push({ error, channel, event }),
  });
  return { clock, reports, telling, [Symbol.asyncDispose]: () => telling[Symbol.asyncDispose]() };
}

const failed: TellingEvent = {
  id: 'job-1-failed',
  kind: 'failed',
  at: '2026-03-01T12:00:00.000Z',
  title: 'The backup of "Documents" failed.',
  message: 'The disk is full.',
  planId: 'documents',
  jobKind: 'backup',
};
const as = (kind: TellingEvent['kind'], id = `job-1-${kind}`): TellingEvent => ({ ...failed, kind, id });

/** Runs the clock until the promise is settled. */
async function runClock(clock: FakeClock, until: Promise<unknown>): Promise<void> {
  let done = false;
  const mark = () => {
    done = true;
  };
  until.then(mark, mark);
  while (!done) await clock.advance(1000);
}

describe('a webhook', () => {
  it('gets the events that it wants, as JSON, with its secret header', async () => {
    await using hook = await service();
    const secretHeader = { name: 'authorization', secret: 'hook' };
    await using it = tellingOf({ webhooks: [{ id: 'ops', url: hook.url, secretHeader }] }, { hook: 'Bearer s3cret' });
    it.telling.tell(as('succeeded'));
    it.telling.tell(failed);
    await it.telling.settled();
    expect(hook.received).toMatchObject([
      { url: `/hook/${canary}`, headers: { 'content-type': 'application/json', authorization: 'Bearer s3cret' } },
    ]);
    expect(JSON.parse(hook.received[0]?.body ?? '')).toEqual(failed);
    expect(it.reports).toEqual([]);
  });

  it('is tried again with longer waits, in order, while that may help', async () => {
    await using hook = await service(503, 429, 500);
    await using it = tellingOf({ webhooks: [{ id: 'ops', url: hook.url, events: ['failed', 'overdue'] }] });
    it.telling.tell(failed);
    it.telling.tell(as('overdue'));
    await runClock(it.clock, it.telling.settled());
    expect(hook.received.map(({ body }) => JSON.parse(body).kind)).toEqual([
      'failed',
      'failed',
      'failed',
      'failed',
      'overdue',
    ]);
    expect(it.clock.monotonicMs()).toBeGreaterThanOrEqual(5_000 + 30_000 + 180_000);
    expect(it.reports).toEqual([]);
  });

  it('is given up after four tries, and at once where trying does not help', async () => {
    await using busy = await service(503, 503, 503, 503);
    await using gone = await service(404);
    await using moved = await service(301);
    const hooks = { busy, gone, moved };
    await using it = tellingOf({ webhooks: Object.entries(hooks).map(([id, { url }]) => ({ id, url })) });
    it.telling.tell(failed);
    await runClock(it.clock, it.telling.settled());
    expect([busy.received.length, gone.received.length, moved.received.length]).toEqual([4, 1, 1]);
    expect(it.reports.map(({ channel }) => channel).toSorted()).toEqual([
      'webhook "busy"',
      'webhook "gone"',
      'webhook "moved"',
    ]);
    expect(it.reports[0]).toMatchObject({ event: failed, error: { code: 'network' } });
  });

  it('that does not answer is given up after 10 s, and holds up no other', async () => {
    await using mute = await service(0, 0, 0, 0);
    await using good = await service();
    await using it = tellingOf({
      webhooks: [
        { id: 'mute', url: mute.url },
        { id: 'good', url: good.url },
      ],
    });
    it.telling.tell(failed);
    await good.until(1);
    await mute.until(1);
    expect(it.reports).toEqual([]);
    await runClock(it.clock, it.telling.settled());
    expect(it.reports).toMatchObject([{ channel: 'webhook "mute"', error: { code: 'timeout' } }]);
    expect(mute.received).toHaveLength(4);
  });

  it('leaves its address and its secret out of every report', async () => {
    await using refusing = await service(401, 401);
    await using it = tellingOf(
      {
        webhooks: [
          { id: 'refusing', url: refusing.url, secretHeader: { name: 'x-key', secret: 'key' } },
          { id: 'nowhere', url: `http://127.0.0.1:9/${canary}` },
          { id: 'unknown', url: refusing.url, secretHeader: { name: 'x-key', secret: 'lost' } },
          { id: 'broken', url: refusing.url, secretHeader: { name: 'x-key', secret: 'lines' } },
        ],
      },
      { key: canary, lines: `${canary}\n${canary}` },
    );
    it.telling.tell(failed);
    await runClock(it.clock, it.telling.settled());
    expect(it.reports).toHaveLength(4);
    const said = it.reports.map(({ error }) =>
      error instanceof Error ? `${error.stack} ${JSON.stringify(error)} ${error.cause}` : '',
    );
    expect(said.join()).toContain('"lost"');
    expect(said.join()).not.toContain(canary);
  });

  it('keeps a hundred events while it does not work, and reports the ones that it drops', async () => {
    await using mute = await service(0);
    await using it = tellingOf({ webhooks: [{ id: 'mute', url: mute.url }] });
    for (let n = 0; n < 150; n++) it.telling.tell(as('failed', `job-${n}`));
    await mute.until(1);
    expect(it.reports.map(({ event }) => event.id)).toEqual(Array.from({ length: 50 }, (_, n) => `job-${n + 1}`));
  });

  it('can be tested: once, with the failure thrown', async () => {
    await using hook = await service(200, 500);
    await using it = tellingOf({ webhooks: [{ id: 'ops', url: hook.url, events: ['overdue'] }] });
    await it.telling.test('ops', signal);
    expect(JSON.parse(hook.received[0]?.body ?? '')).toMatchObject({ test: true });
    await expect(it.telling.test('ops', signal)).rejects.toMatchObject({ code: 'network' });
    await expect(it.telling.test('other', signal)).rejects.toMatchObject({ code: 'not-found' });
    expect(hook.received).toHaveLength(2);
  });

  it('is that of the settings, as they are now', async () => {
    await using first = await service();
    await using second = await service();
    await using it = tellingOf({ webhooks: [{ id: 'ops', url: first.url }] });
    it.telling.configure(tellingSchema.parse({ webhooks: [{ id: 'ops', url: second.url }] }));
    it.telling.tell(failed);
    await it.telling.settled();
    expect([first.received.length, second.received.length]).toEqual([0, 1]);
  });

  it('is stopped in the middle when the agent ends', async () => {
    await using mute = await service(0);
    await using it = tellingOf({ webhooks: [{ id: 'mute', url: mute.url }] });
    it.telling.tell(failed);
    it.telling.tell(failed);
    await mute.until(1);
    await it.telling[Symbol.asyncDispose]();
    expect([mute.received.length, it.reports.length]).toEqual([1, 0]);
  });
});

describe('a ping', () => {
  it('hears of the start, the success and the failure of the backups of its plans', async () => {
    await using watch = await service();
    await using it = tellingOf({ pings: [{ id: 'watch', url: `${watch.url}/?rid=1`, planIds: ['documents'] }] });
    for (const kind of ['started', 'succeeded', 'failed', 'warning', 'skipped', 'overdue'] as const)
      it.telling.tell(as(kind));
    it.telling.tell({ ...failed, planId: 'other' });
    it.telling.tell({ ...failed, jobKind: 'check' });
    await it.telling.settled();
    const path = `/hook/${canary}`;
    expect(watch.received.map(({ url }) => url)).toEqual(
      ['/start', '', '/fail', ''].map((end) => `${path}${end}?rid=1`),
    );
    expect(watch.received[2]?.body).toBe('The backup of "Documents" failed.\nThe disk is full.');
    await it.telling.test('watch', signal);
    expect(watch.received[4]?.url).toBe(`${path}?rid=1`);
  });

  it('hears of all plans when none are named', async () => {
    await using watch = await service();
    await using it = tellingOf({ pings: [{ id: 'watch', url: watch.url }] });
    it.telling.tell({ ...failed, planId: 'any' });
    await it.telling.settled();
    expect(watch.received).toHaveLength(1);
  });
});

describe('mail', () => {
  const mail = (port: number, more: object = {}) => ({
    mail: { host: '127.0.0.1', port, from: 'holdfast@example.org', to: ['a@example.org', 'b@example.org'], ...more },
  });

  it('is sent, with a login where one is wanted', async () => {
    await using sink = await smtpSink({ login: { user: 'me', password: canary } });
    await using it = tellingOf(mail(sink.port, { user: 'me', passwordSecret: 'smtp' }), { smtp: canary });
    it.telling.tell({ ...failed, title: 'Überprüfung\r\nBcc: x@evil.example' });
    await it.telling.settled();
    expect(it.reports).toEqual([]);
    const [letter] = sink.letters;
    expect(letter).toMatchObject({ from: 'holdfast@example.org', to: ['a@example.org', 'b@example.org'] });
    expect(letter?.data).toMatch(/^From: Holdfast <holdfast@example.org>$/m);
    expect(letter?.data).toContain('The disk is full.');
    expect(letter?.data.split('\n\n')[0]).not.toMatch(/^Bcc:/m);
  });

  it('is not accepted with a wrong password: said, without the password, and not tried again', async () => {
    await using sink = await smtpSink({ login: { user: 'me', password: 'other' } });
    await using it = tellingOf(mail(sink.port, { user: 'me', passwordSecret: 'smtp' }), { smtp: canary });
    it.telling.tell(failed);
    await it.telling.settled();
    const { error } = it.reports[0] ?? {};
    expect(error).toMatchObject({ code: 'permission' });
    const said = error instanceof Error ? `${error.stack} ${JSON.stringify(error)} ${error.cause}` : '';
    for (const secret of [canary, btoa(`\0me\0${canary}`)]) expect(said).not.toContain(secret);
    expect(sink.letters).toEqual([]);
  });

  it('sends no password unsafely to another machine, and never leaves TLS out where it is asked for', async () => {
    await using sink = await smtpSink({ login: { user: 'me', password: canary } });
    for (const more of [{ host: '::ffff:127.0.0.1' }, { secure: true }]) {
      await using it = tellingOf(mail(sink.port, { user: 'me', passwordSecret: 'smtp', ...more }), { smtp: canary });
      await expect(it.telling.test('mail', signal)).rejects.toMatchObject({ code: 'network' });
    }
    expect(sink.commands.filter((line) => line.startsWith('AUTH'))).toEqual([]);
    expect(sink.letters).toEqual([]);
  });

  it('that is turned away for now is tried again, for good is not', async () => {
    await using busy = await smtpSink({ replies: { RCPT: '451 later' } });
    await using strict = await smtpSink({ replies: { MAIL: '550 never' } });
    for (const [sink, times] of [
      [busy, 4],
      [strict, 1],
    ] as const) {
      await using it = tellingOf(mail(sink.port));
      it.telling.tell(failed);
      await runClock(it.clock, it.telling.settled());
      expect(sink.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(times);
      expect(it.reports).toMatchObject([{ channel: 'mail', error: { code: 'network' } }]);
    }
  });

  it('is given up when the server says nothing, or is not there, and ends at once when it is cancelled', async () => {
    await using sink = await smtpSink({ silent: true });
    await using it = tellingOf(mail(sink.port));
    const late = it.telling.test('mail', signal);
    late.catch(() => undefined);
    await sink.connected();
    await it.clock.advance(30_000);
    await expect(late).rejects.toMatchObject({ code: 'timeout' });
    const abort = new AbortController();
    const cancelled = it.telling.test('mail', abort.signal);
    await sink.connected();
    abort.abort(new Error('enough'));
    await expect(cancelled).rejects.toThrow('enough');
    await using nobody = tellingOf(mail(9));
    await expect(nobody.telling.test('mail', signal)).rejects.toMatchObject({ code: 'network', retry: 'backoff' });
  });
});

describe('the settings of telling', () => {
  it('refuse what cannot work, and secrets where names belong', () => {
    const wrong = [
      { webhooks: [{ id: 'a', url: 'ftp://x.example' }] },
      { webhooks: [{ id: 'a', url: 'file:///etc/passwd' }] },
      { webhooks: [{ id: 'a', url: 'https://x.example', events: [] }] },
      { webhooks: [{ id: 'a', url: 'https://x.example', secretHeader: { name: 'x y', secret: 'a' } }] },
      { webhooks: [{ id: 'a', url: 'https://x.example', secretHeader: { name: 'x', secret: 'Bearer abc def' } }] },
      { webhooks: [{ id: 'a', url: 'https://x.example' }], pings: [{ id: 'a', url: 'https://y.example' }] },
      { pings: [{ id: 'mail', url: 'https://y.example' }] },
      { mail: { host: 'x', port: 25, from: 'nobody', to: ['a@example.org'] } },
      { mail: { host: 'x', port: 25, from: 'a@example.org', to: [] } },
      { mail: { host: 'x', port: 25, from: 'a@example.org', to: ['a@example.org'], password: 'x' } },
    ];
    for (const config of wrong) expect([config, tellingSchema.safeParse(config).success]).toEqual([config, false]);
    expect(tellingSchema.parse({})).toEqual({ webhooks: [], pings: [] });
  });
});

describe('what is told of a job', () => {
  const job: Job = {
    id: 'j1',
    kind: 'backup',
    state: 'failed',
    trigger: 'schedule',
    planId: 'documents',
    planName: 'Documents',
    repositoryIds: ['local'],
    input: {},
    attempt: 1,
    createdAt: '2026-03-01T12:00:00Z',
  };
  const at = new Date('2026-03-01T12:30:00Z');

  it('follows its state', () => {
    const told = (['queued', 'running', 'done', 'failed', 'cancelled', 'skipped', 'interrupted'] as const).map(
      (state) => eventOfJob({ ...job, state }, at)?.kind,
    );
    expect(told).toEqual([undefined, 'started', 'succeeded', 'failed', undefined, 'skipped', undefined]);
    expect(eventOfJob({ ...job, state: 'done', warnings: ['Most files are gone.'] }, at)?.kind).toBe('warning');
  });

  it('is a sentence, the cause and what to do', () => {
    const error = {
      code: 'no-space',
      message: 'The disk is full.',
      hint: 'Free space.',
      retry: 'never',
      context: {},
    } as const;
    expect(eventOfJob({ ...job, error, problems: 2 }, at)).toEqual({
      id: 'j1-failed',
      kind: 'failed',
      at: '2026-03-01T12:30:00.000Z',
      title: 'The backup of "Documents" failed.',
      message: 'The disk is full.\nFree space.\n2 files could not be read or written.',
      planId: 'documents',
      planName: 'Documents',
      jobId: 'j1',
      jobKind: 'backup',
    });
  });
});
