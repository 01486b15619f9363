/**
 * README's pictures: the window of somebody who has used Holdfast for some weeks. Of `npm run screenshots` alone.
 *
 * Her folders lie in "anna" below the system's folder for temporary files, so that their paths can be read.
 */
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../support/agent.ts';
import { openBrowser, screenshot, seriousFindings, viewports } from '../support/browser.ts';
import { type RedisServer, startRedis } from '../support/databases/redis.ts';
import { Holdfast } from '../support/holdfast.ts';
import { seededRandom } from '../support/random.ts';
import { type ServerHome, type ServerProcess, serverHome } from '../support/server-process.ts';
import { requireTool } from '../support/tools.ts';

const chromium = requireTool('chromium')!;
const redisServer = requireTool('redis-server');
const dayMs = 24 * 60 * 60_000;
const agoMs = (days: number): number => Date.now() - days * dayMs;

const anna = join(tmpdir(), 'anna');
const disk = join(anna, 'Backup disk');
const files = {
  'Documents/thesis.odt': 840_000,
  'Documents/Household budget.ods': 61_000,
  'Documents/Travel plans.odt': 120_000,
  'Documents/Insurance.pdf': 410_000,
  'Documents/Letters/Landlord.odt': 22_000,
  'Documents/Letters/Application.odt': 48_000,
  'Documents/Taxes/2025.pdf': 730_000,
  'Documents/Taxes/Receipts.pdf': 1_900_000,
  'Photos/Norway/fjord.jpg': 4_100_000,
  'Photos/Norway/ferry.jpg': 3_600_000,
  'Photos/Birthday.jpg': 2_900_000,
  'Company/Customers.ods': 95_000,
  'Company/Offers/June.pdf': 310_000,
  'Music/Concert.flac': 6_000_000,
};
/** The address of the server that all remotes of the picture are at, instead of that of the test. */
const shownAddress = 'https://backup.example.org';
const panelId = '1a7ce997-259b-452e-8b4e-cecc464142ca';
const stackId = '5999b763474b0eafa5fafb64bff0ba80';

let profile: AgentProfile;
let agent: RunningAgent;
let home: ServerHome;
let server: ServerProcess;
let redis: RedisServer;

beforeAll(async () => {
  // Fails where it is there already: it is somebody else's.
  mkdirSync(anna);
  const random = seededRandom('pictures');
  for (const [at, [name, bytes]] of Object.entries(files).entries()) {
    const path = join(anna, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, random.bytes(bytes));
    utimesSync(path, new Date(), new Date(agoMs(3 + 11 * at)));
  }
  [profile, redis] = await Promise.all([agentProfile(), startRedis('secret')]);
  agent = await profile.start();
});

afterAll(async () => {
  await profile?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
  rmSync(anna, { recursive: true, force: true });
});

it.skipIf(redisServer === undefined)('shows home, a restore, plans and remotes, in both colours', async () => {
  await makePast();
  await makePlans();
  await connectRemotes();
  const screens = {
    home: { path: '/', shows: '“Photos” could not be backed up' },
    restore: { path: '/restore/documents', shows: 'thesis.odt' },
    plans: { path: '/plans', shows: 'Company' },
    remotes: { path: '/remotes', shows: 'Web shop' },
  };
  await using browser = await openBrowser(chromium);
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.signIn(agent, { colorScheme, viewport: viewports.window });
    await page.route('**/api/remotes', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replaceAll(server.url, shownAddress) });
    });
    for (const [name, { path, shows }] of Object.entries(screens)) {
      await page.goto(new URL(path, page.url()).href);
      await page.getByText(shows).first().waitFor();
      await screenshot(page, `${name}-${colorScheme}`);
      expect(await seriousFindings(page)).toEqual([]);
    }
  }
});

/** Backups of some weeks, as the plan of documents makes them. */
async function makePast(): Promise<void> {
  const cli = new Holdfast({ home: profile.home, repository: profile.repository, password: profile.password() });
  for (const days of [41, 34, 27, 20, 16, 13, 10, 8, 6, 5, 3, 2, 1]) {
    const time = new Date(agoMs(days)).toISOString().slice(0, 19).replace('T', ' ');
    writeFileSync(join(anna, 'Documents/thesis.odt'), seededRandom(`thesis ${days}`).bytes(900_000 - 9000 * days));
    await cli.ok(['backup', join(anna, 'Documents'), '--tag', 'plan:documents', '--time', time]);
  }
}

/** Documents with a past and proven, Photos whose disk is away, Company, and Music that is paused. */
async function makePlans(): Promise<void> {
  const { signal } = agent;
  const added = await agent.client.repositories.add({ body: { name: 'Backup disk', location: disk }, signal });
  const add = (name: string, more: Partial<Parameters<RunningAgent['addPlan']>[0]>) =>
    agent.addPlan({ name, sources: [join(anna, name)], ...more });
  const drill = { kind: 'cron', expression: '0 12 1 * *' } as const;
  const documents = await add('Documents', { trigger: { kind: 'continuous' }, drill });
  const photos = await add('Photos', {
    trigger: { kind: 'cron', expression: '30 2 * * *' },
    repositories: [added.repository.id],
    drill,
  });
  const company = await add('Company', { trigger: { kind: 'cron', expression: '0 18 * * 1-5' }, drill });
  const music = await add('Music', { trigger: { kind: 'cron', expression: '0 20 * * 0' }, drill });
  for (const { id } of [photos, company, music]) await agent.run(id);
  await agent.idle();
  for (const { id } of [documents, company]) await agent.client.plans.drill({ params: { id }, signal });
  await agent.client.plans.pause({ params: { id: music.id }, body: { for: 'tomorrow' }, signal });
  await agent.idle();
  renameSync(disk, `${disk} (away)`);
  await agent.run(photos.id);
  await agent.idle();
}

/** One of each kind. */
async function connectRemotes(): Promise<void> {
  const folders = (name: string) => [join(anna, name)];
  const database = { engine: 'redis', host: '127.0.0.1', port: redis.port, passwordSecret: 'database-shop' };
  home = await serverHome({
    scopes: [
      { id: 'company', name: 'company', dialect: 'organizations', folders: folders('Company') },
      { id: 'anna', name: 'anna', dialect: 'fa', folders: folders('Documents') },
      { id: 'game', name: 'game', dialect: 'panel', uuid: panelId, folders: folders('Music') },
      { id: 'shop', name: 'shop', dialect: 'stacks', uid: stackId, databases: [database] },
    ],
  });
  const password = profile.folder.at('redis-password');
  writeFileSync(password, redis.password, { mode: 0o600 });
  await home.holdfast.ok(['server', 'secret', 'database-shop', '--file', password]);
  server = await home.start();
  const { signal } = agent;
  const remotes = [
    { name: 'Company', dialect: 'organizations', scope: 'company' },
    { name: 'Shared folder', dialect: 'fa' },
    { name: 'Game server', dialect: 'panel', scope: panelId },
    { name: 'Web shop', dialect: 'stacks', scope: stackId },
  ] as const;
  const orders = [{ name: 'Before the move' }, { path: 'Letters' }, { name: 'Friday' }, {}];
  for (const [at, fields] of remotes.entries()) {
    const body = { remote: { ...fields, baseUrl: server.url }, credential: server.firstToken ?? '' };
    const { remote } = await agent.client.remotes.add({ body, signal });
    const job = await agent.client.remotes.create({ params: { id: remote.id }, body: orders[at] ?? {}, signal });
    expect(await agent.jobEnded(job.id)).toMatchObject({ state: 'done' });
    await agent.client.remotes.backups({ params: { id: remote.id }, query: { refresh: true }, signal });
  }
}
