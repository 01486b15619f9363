/** The promises of the loopback control API, against the real agent and all of its routes. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../src/control/contract.ts';
import { methodsOf } from '../../../src/control/contract-types.ts';
import { type AgentProfile, agentProfile, type RunningAgent } from '../../support/agent.ts';
import { httpSink } from '../../support/http-sink.ts';
import { makeTree } from '../../support/make-tree.ts';
import { type RawAnswer, rawExchange, requestText } from '../../support/raw-http.ts';
import { forgeRepository } from '../../support/repository-forge.ts';
import { runOk } from '../../support/run-process.ts';

const json = { 'content-type': 'application/json' };

/** A request with the token, unless the headers say otherwise. */
function ask(agent: RunningAgent, line: string, headers: Readonly<Record<string, string>> = {}, body = '') {
  const { port, token } = agent;
  const length: Record<string, string> = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const all = { host: `127.0.0.1:${port}`, authorization: `Bearer ${token}`, ...length, ...headers };
  return rawExchange(port, requestText(line, all, body));
}

const errorOf = (answer: RawAnswer | undefined) => JSON.parse(answer?.body ?? '{}').error;

/** Every route: those of the contract, and the four beside them. */
const routes = [
  ...methodsOf(contract).map(({ verb, path }) => `${verb} /api${path.replaceAll(/:\w+/g, 'unknown')}`),
  'GET /api/events',
  'GET /api/openapi.json',
  'GET /',
  'POST /login',
];

describe('the routes of the agent', () => {
  it('want a credential, each of them', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    expect(routes.length).toBeGreaterThan(50);
    for (const route of routes) {
      const answer = await ask(agent, route, { ...json, authorization: '' });
      expect([route, answer?.status, errorOf(answer)?.code]).toEqual([route, 401, 'unauthenticated']);
    }
    for (const route of routes) {
      const answer = await ask(agent, route, { ...json, authorization: '', cookie: `holdfast-${agent.port}=nonsense` });
      expect([route, [401, 429].includes(answer?.status ?? 0)]).toEqual([route, true]);
    }
    expect((await ask(agent, 'GET /api/status'))?.status).toBe(200);
  });

  it('are 403 for a foreign Host or Origin, whatever the credential', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    for (const route of routes) {
      for (const headers of [
        { host: `evil.example:${agent.port}` },
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
      ]) {
        const answer = await ask(agent, route, { ...json, ...headers });
        expect([route, headers, answer?.status]).toEqual([route, headers, 403]);
      }
    }
    expect(agent.output).not.toContain('evil');
  });

  it('that change something take application/json only', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    const changing = routes.filter((route) => route.includes(' /api/') && !route.startsWith('GET'));
    for (const route of changing) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        expect([route, (await ask(agent, route, { 'content-type': type }, '{}'))?.status]).toEqual([route, 415]);
      }
      expect([route, (await ask(agent, route))?.status]).toEqual([route, 415]);
    }
    expect(agent.signal.aborted).toBe(false);
  });

  it('answer 404 for what they do not know, in words', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    const bodies: Readonly<Record<string, string>> = {
      '/pause': '{"for":"hour"}',
      '/repositories/': '{"name":"x"}',
      '/plans/': '{"name":"x","sources":["/a"],"trigger":{"kind":"manual"},"repositories":["default"]}',
      '/retention-preview': '{"retention":{"last":1}}',
      '/run': '{}',
      '/check': '{}',
      '/unlock': '{}',
      '/password': '{"password":"x"}',
      '/location': '{"location":"/nowhere"}',
      '/remotes/unknown': '{"remote":{"name":"x","dialect":"panel","baseUrl":"http://127.0.0.1:9"}}',
      '/credential': '{"credential":"x"}',
      '/backups': '{}',
      '/backups/unknown': '{"name":"x"}',
      '/lock': '{"locked":true}',
      '/destroy': '{"confirm":"x"}',
      '/restore': '{}',
      '/download': '{"folder":"/x"}',
      '/ingest': '{"repositoryId":"default"}',
      '/import': '{"group":"x","databaseType":"mysql","url":"https://127.0.0.1:9/x"}',
    };
    const withId = routes.filter((route) => route.includes('/unknown') && !route.includes('/secrets/'));
    for (const route of withId) {
      const [verb = '', path = ''] = route.split(' ');
      const ending = Object.keys(bodies).find((end) => path.endsWith(end));
      const body =
        bodies[ending ?? (verb === 'PUT' ? (path.includes('plans') ? '/plans/' : '/repositories/') : '')] ?? '';
      const query = path.includes('/snapshots/') ? '?repositoryId=default&other=1234' : '';
      const answer = await ask(agent, `${route}${query}`, json, verb === 'GET' ? '' : body);
      expect([route, answer?.status, errorOf(answer)?.code]).toEqual([route, 404, 'not-found']);
      expect([route, errorOf(answer)?.message]).toEqual([route, expect.stringMatching(/unknown/)]);
    }
    expect((await ask(agent, 'GET /api/none'))?.status).toBe(404);
    expect((await ask(agent, 'GET /api/snapshots?repositoryId=unknown'))?.status).toBe(404);
  });

  it('answer 422 and name the field of what cannot be', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    const wrong: readonly (readonly [string, string, string])[] = [
      ['POST /api/plans', '{}', 'name'],
      [
        'POST /api/plans',
        '{"name":"x","sources":[],"trigger":{"kind":"manual"},"repositories":["default"]}',
        'sources',
      ],
      [
        'POST /api/plans',
        '{"name":"x","sources":["/a"],"trigger":{"kind":"interval","minutes":0},"repositories":["default"]}',
        'trigger.minutes',
      ],
      ['POST /api/pause', '{"for":"ever"}', 'for'],
      ['POST /api/power-events', '{"event":"lightning"}', 'event'],
      ['POST /api/restore', '{"repositoryId":"default","snapshotId":"1","overwrite":"maybe"}', 'overwrite'],
      ['POST /api/repositories', '{"name":"x","location":"/x","password":5}', 'password'],
      ['PUT /api/settings', '{"maintenance":{"parallelJobs":0}}', 'maintenance.parallelJobs'],
      ['PUT /api/settings', '{"nonsense":1}', 'nonsense'],
      ['PUT /api/settings/secrets/default-repository', '{"value":"x"}', 'name'],
      ['GET /api/history?limit=0', '', 'limit'],
      ['GET /api/search', '', 'text'],
      ['GET /api/search?text=x&mode=soundex', '', 'mode'],
      ['POST /api/plans-import', '{"version":2,"plans":[]}', 'version'],
    ];
    for (const [route, body, field] of wrong) {
      const answer = await ask(agent, route, json, body);
      const error = errorOf(answer);
      expect([route, body, answer?.status, error?.code]).toEqual([route, body, 422, 'invalid-input']);
      expect([route, body, error.fields.map(({ path }: { path: string }) => path)]).toEqual([
        route,
        body,
        expect.arrayContaining([field]),
      ]);
    }
    expect((await ask(agent, 'POST /api/plans', json, '{"name":'))?.status).toBe(400);
    expect((await ask(agent, 'POST /api/plans', json, 'x'.repeat(2_000_000)))?.status).toBe(413);
    expect((await ask(agent, 'GET /api/search?text=%5B&mode=regex'))?.status).toBe(422);
    expect(readFileSync(join(profile.config, 'config.json'), 'utf8')).not.toContain('nonsense');
  });
});

describe('agent.json', () => {
  it('is 0600 in a 0700 folder, is not written through a link, and is gone after the end', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    expect(statSync(join(profile.state, 'agent.json')).mode & 0o777).toBe(0o600);
    expect(statSync(profile.state).mode & 0o777).toBe(0o700);
    const listening = await runOk('ss', ['-Hltn', `sport = :${agent.port}`]).catch(() => undefined);
    if (listening !== undefined) expect(listening.stdout).toMatch(new RegExp(`127\\.0\\.0\\.1:${agent.port} `));
    expect(await agent.end('SIGTERM')).toBe(0);
    expect(readdirSync(profile.state)).not.toContain('agent.json');
  });

  it('of an agent that was killed is replaced, with another token', async () => {
    await using profile = await agentProfile();
    const first = await profile.start();
    await first.end('SIGKILL');
    expect(readdirSync(profile.state)).toContain('agent.json');
    const second = await profile.start();
    expect(second.token).not.toBe(first.token);
    expect((await ask(second, 'GET /api/status', { authorization: `Bearer ${first.token}` }))?.status).toBe(401);
  });
});

const canaries = {
  repository: 'canary-of-the-repository',
  added: 'canary-of-an-added-repository',
  wrong: 'canary-that-is-wrong',
  header: 'canary-of-the-header',
  mail: 'canary-of-the-mail',
  passphrase: 'canary-of-the-passphrase',
  argument: 'canary-of-an-argument',
};

/** Every file below the home that has one of them in it. */
async function filesWith(home: string, texts: readonly string[]): Promise<string[]> {
  const args = texts.flatMap((text) => ['-e', text]);
  const found = await runOk('sh', ['-c', 'grep -rlaF "$@" || true', 'sh', ...args, home]);
  return found.stdout.split('\n').filter((line) => line !== '');
}

/** Uses everything that takes a secret, rightly and wrongly. @returns all answers and events */
async function exercise(profile: AgentProfile, agent: RunningAgent, sinkUrl: string): Promise<string> {
  const { folder } = profile;
  const { signal, client } = agent;
  const heard: unknown[] = [];
  const keep = async <T>(call: Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await call;
      heard.push(answer);
      return answer;
    } catch (error) {
      heard.push(error instanceof Error && 'toJSON' in error ? { ...error, text: String(error) } : String(error));
      return undefined;
    }
  };
  const listening = new AbortController();
  const events = client.events({
    signal: listening.signal,
    onEvent: (event) => heard.push(event),
    onReset: () => undefined,
  });
  const add = (name: string, location: string, password: string) =>
    keep(client.repositories.add({ body: { name, location, mode: 'either', password }, signal }));
  forgeRepository(folder.at('there'), canaries.added, 2);
  await add('Wrong', folder.at('there'), canaries.wrong);
  await keep(client.repositories.test({ body: { location: folder.at('there'), password: canaries.wrong }, signal }));
  await keep(client.repositories.test({ body: { location: folder.at('there'), password: canaries.added }, signal }));
  await add('There', folder.at('there'), canaries.added);
  await add('Made', folder.at('made'), canaries.repository);
  await add('Nowhere', '/dev/null/none', canaries.wrong);
  await keep(client.repositories.list({ signal }));
  const secret = (name: string, value: string) =>
    keep(client.settings.setSecret({ params: { name }, body: { value }, signal }));
  await secret('telling-header', canaries.header);
  await secret('telling-mail', canaries.mail);
  await secret('default-repository', canaries.wrong);
  const settings = await client.settings.get({ signal });
  const webhook = { id: 'hook', url: sinkUrl, events: ['succeeded' as const, 'failed' as const] };
  const telling = {
    webhooks: [{ ...webhook, secretHeader: { name: 'authorization', secret: 'telling-header' } }],
    pings: [],
    mail: {
      host: '127.0.0.1',
      port: 9,
      secure: false,
      user: 'me',
      passwordSecret: 'telling-mail',
      from: 'me@example.org',
      to: ['me@example.org'],
      events: ['failed' as const],
    },
  };
  await keep(client.settings.update({ body: { ...settings, telling }, signal }));
  for (const id of ['hook', 'mail']) await keep(client.settings.testTelling({ params: { id }, signal }));

  makeTree(folder.at('source'), { files: 5, bytes: 1000, seed: 1 });
  const hooks = {
    before: [
      { command: ['sh', '-c', 'env', canaries.argument] },
      { command: ['/no/such/program', canaries.argument] },
      { command: ['sh', '-c', 'exit 3', canaries.argument], cancelOnFailure: false },
    ],
  };
  const plan = await agent.addPlan({ sources: [folder.at('source')], repositories: ['there', 'made'], hooks });
  const done = await agent.run(plan.id);
  heard.push(done, await agent.ended('copy', 1));
  const { id } = done;
  heard.push(await client.jobs.log({ params: { id }, query: {}, signal }));
  await keep(client.plans.drill({ params: { id: plan.id }, signal }));
  await agent.ended('drill', 1);
  heard.push(await agent.history(), await client.agent.status({ signal }));
  // Values of broken bodies are not repeated.
  for (const body of [
    `{"name":"${canaries.wrong}","password":"${canaries.wrong}"}`,
    `{"password":"${canaries.wrong}`,
  ]) {
    heard.push(await ask(agent, 'POST /api/repositories', json, body));
    heard.push(await ask(agent, `POST /api/none?password=${canaries.wrong}`, json, body));
  }
  heard.push(await ask(agent, 'GET /api/status', { authorization: `Bearer ${canaries.wrong}` }));
  listening.abort();
  await events;
  return JSON.stringify(heard);
}

const secrets = [
  canaries.repository,
  canaries.added,
  canaries.wrong,
  canaries.header,
  canaries.mail,
  canaries.passphrase,
];

describe('secrets', () => {
  it('with a passphrase are in no file, no answer, no event, no log, no argument', async () => {
    await using profile = await agentProfile();
    await using sink = await httpSink();
    const agent = await profile.start({ env: { HOLDFAST_PASSPHRASE: canaries.passphrase } });
    const heard = await exercise(profile, agent, sink.url);
    expect(heard.length).toBeGreaterThan(5000);
    for (const canary of secrets) expect([canary, heard.includes(canary)]).toEqual([canary, false]);
    expect(secrets.filter((canary) => agent.output.includes(canary))).toEqual([]);
    expect(heard).not.toContain(agent.token);
    expect(sink.received[0]?.headers.authorization).toBe(canaries.header);
    const commandLine = readFileSync(`/proc/${agent.pid}/cmdline`, 'utf8');
    expect(secrets.filter((canary) => commandLine.includes(canary))).toEqual([]);
    await agent.end('SIGTERM');
    expect(await filesWith(profile.folder.path, secrets)).toEqual([]);
    expect(await filesWith(profile.folder.path, [agent.token])).toEqual([]);
    // An argument of a hook is in the plan, where the user put it, and nowhere else.
    const withArgument = await filesWith(profile.home, [canaries.argument]);
    expect(withArgument.filter((path) => !/config\.json(\.|$)/.test(path))).toEqual([]);
    expect(withArgument).not.toEqual([]);
  });

  it('without keychain and passphrase are in the files for them only, which nobody else can read', async () => {
    await using profile = await agentProfile();
    await using sink = await httpSink();
    const agent = await profile.start();
    const heard = await exercise(profile, agent, sink.url);
    expect(secrets.filter((canary) => heard.includes(canary))).toEqual([]);
    expect(secrets.filter((canary) => agent.output.includes(canary))).toEqual([]);
    await agent.end('SIGTERM');
    const files = await filesWith(profile.folder.path, secrets);
    const folder = join(profile.config, 'secrets');
    expect(files.sort()).toEqual(
      ['made-repository', 'telling-header', 'telling-mail', 'there-repository'].map((name) => join(folder, name)),
    );
    expect(files.map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600, 0o600, 0o600]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});
