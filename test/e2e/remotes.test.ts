/** Remotes of all four dialects, against a real server: connected, listed, backups made and followed; what one cannot do is not offered. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type JobView, type RunningAgent } from '../support/agent.ts';
import { openBrowser, screenshot, seriousFindings, viewports } from '../support/browser.ts';
import { type RedisServer, startRedis } from '../support/databases/redis.ts';
import { type ServerHome, type ServerProcess, serverHome } from '../support/server-process.ts';
import { requireTool } from '../support/tools.ts';

const chromium = requireTool('chromium');
/** Answers that refuse something are expected. */
const refused = { mayLoseAgent: true };
const uuid = '1a7ce997-259b-452e-8b4e-cecc464142ca';
const uid = '5999b763474b0eafa5fafb64bff0ba80';

describe.skipIf(chromium === undefined || requireTool('redis-server') === undefined)('Remotes', () => {
  let profile: AgentProfile;
  let agent: RunningAgent;
  let home: ServerHome;
  let server: ServerProcess;
  let redis: RedisServer;
  let token: string;
  let browser: Awaited<ReturnType<typeof openBrowser>>;

  /** In the folder of a scope. */
  const served = (...path: readonly string[]) => profile.folder.at('served', ...path);

  beforeAll(async () => {
    [profile, redis] = await Promise.all([agentProfile(), startRedis('secret')]);
    await redis.ask('SET greeting hello');
    for (const owner of ['acme', 'ada', 'site']) {
      mkdirSync(served(owner, 'data'), { recursive: true });
      writeFileSync(served(owner, 'data', 'file.txt'), `of ${owner}`);
    }
    const database = { engine: 'redis', host: '127.0.0.1', port: redis.port, passwordSecret: 'database-redis' };
    home = await serverHome({
      scopes: [
        { id: 'acme', name: 'acme', dialect: 'organizations', folders: [served('acme')] },
        { id: 'ada', name: 'ada', dialect: 'fa', folders: [served('ada')] },
        { id: 'site', name: 'site', dialect: 'panel', uuid, folders: [served('site')] },
        { id: 'stack', name: 'stack', dialect: 'stacks', uid, databases: [database] },
      ],
    });
    const password = profile.folder.at('redis-password');
    writeFileSync(password, redis.password, { mode: 0o600 });
    await home.holdfast.ok(['server', 'secret', 'database-redis', '--file', password]);
    [agent, browser, server] = await Promise.all([profile.start(), openBrowser(chromium!), home.start()]);
    token = server.firstToken ?? '';
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await profile?.[Symbol.asyncDispose]();
    await home?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
  });

  const addRemote = async (name: string, dialect: 'organizations' | 'fa' | 'panel' | 'stacks', scope?: string) => {
    const remote = { name, dialect, baseUrl: server.url, ...(scope === undefined ? {} : { scope }) };
    await agent.client.remotes.add({ body: { remote, credential: token }, signal: agent.signal });
  };
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const dialog = (page: Page) => page.getByRole('dialog');
  /** The page of a remote, and all that its buttons offer. */
  const offered = async (page: Page) =>
    (await page.locator('main').getByRole('button').allInnerTexts()).map((text) => text.trim());
  /** Until its row says so. */
  const rowOf = (page: Page, state: string) => page.getByRole('row').filter({ hasText: state }).first();
  const openRemote = async (page: Page, name: string) => {
    await page.getByRole('navigation').getByRole('link', { name: 'Remotes' }).click();
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  };
  /** Orders one and follows it on the page until it is done. */
  const create = async (page: Page, fill: () => Promise<void>) => {
    await button(page, 'New backup').click();
    await dialog(page).getByText('follows it to its end').waitFor();
    await fill();
    await button(page, 'Start the backup').click();
    await dialog(page).waitFor({ state: 'detached' });
    await rowOf(page, 'Done').waitFor();
    await page.getByRole('region', { name: 'Going on' }).waitFor({ state: 'detached' });
  };
  /** The ended job of that kind of a remote, when it is in the history. */
  const ended = async (kind: JobView['kind'], remoteName: string) =>
    agent.until(`${kind} of ${remoteName}`, async () =>
      (await agent.history({ kind })).find((job) => job.remoteName === remoteName),
    );
  const labels = (page: Page) => dialog(page).locator('label').allInnerTexts();

  it('connects one after the real error was shown', async () => {
    const page = await browser.signIn(agent, { path: '/remotes', ...refused });
    await page.getByText('There is no remote yet').waitFor();
    await page.getByRole('link', { name: 'Connect a remote' }).click();
    await page.getByLabel('Organizations').check();
    await page.getByLabel('Address').fill(server.url);
    await page.getByLabel('Organization (sid)').fill('acme');
    await page.getByLabel('Token or key').fill('not-the-token');
    await page.getByRole('textbox', { name: 'Name' }).fill('Acme');
    await button(page, 'Test the connection').click();
    await page.getByRole('alert').getByText('Not allowed').waitFor();
    expect(await page.getByRole('alert').textContent()).not.toContain('not-the-token');
    await screenshot(page, 'remotes-refused');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('Token or key').fill(token);
    await button(page, 'Test the connection').click();
    await page.getByText('The remote says: 0 backups, may create').waitFor();
    await button(page, 'Connect').click();
    await page.getByRole('heading', { level: 1, name: 'Acme' }).waitFor();
    await page.getByText('There is no backup yet.').waitFor();
  });

  it.concurrent('organizations: makes one with a name, downloads, copies, renames and deletes it', async () => {
    await addRemote('Office', 'organizations', 'acme');
    const page = await browser.signIn(agent, refused);
    await openRemote(page, 'Office');
    await page.getByText('There is no backup yet.').waitFor();
    const hidden = ['Cancel everything there', 'Import a backup', 'Destroy all backups there'];
    expect((await offered(page)).filter((name) => hidden.includes(name))).toEqual([]);

    await create(page, async () => {
      expect(await labels(page)).toEqual(['Name of the backup', 'Description']);
      await dialog(page).getByLabel('Name of the backup').fill('Monday');
    });
    expect(await ended('remote-create', 'Office')).toMatchObject({ state: 'done' });
    // By the keyboard.
    await rowOf(page, 'Monday').press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Monday' }).waitFor();
    expect(await offered(page)).toEqual([
      'Ask now',
      'Download',
      'Copy into a repository',
      'Rename or describe',
      'Delete',
    ]);

    const target = profile.folder.at('downloads');
    mkdirSync(target);
    await button(page, 'Download').click();
    await dialog(page).getByLabel('Folder').fill(target);
    await button(page, 'Start the download').click();
    await dialog(page).waitFor({ state: 'detached' });
    expect(await ended('download', 'Office')).toMatchObject({ state: 'done' });
    expect(readdirSync(target)).toHaveLength(1);
    await button(page, 'Copy into a repository').click();
    await button(page, 'Start the copy').click();
    await dialog(page).waitFor({ state: 'detached' });
    expect(await ended('ingest', 'Office')).toMatchObject({ state: 'done' });
    expect(await agent.snapshots()).toMatchObject([{ hostname: 'Office' }]);

    await button(page, 'Rename or describe').click();
    await dialog(page).getByLabel('Name of the backup').fill('Tuesday <b>');
    await dialog(page).getByLabel('Description').fill('kept');
    await button(page, 'Save').click();
    await page.getByRole('heading', { level: 1, name: 'Tuesday <b>' }).waitFor();
    await button(page, 'Ask now').click();
    await page.getByText('kept', { exact: true }).waitFor();
    await button(page, 'Delete').click();
    await dialog(page).getByText('removes this backup for good').waitFor();
    await dialog(page).getByRole('button', { name: 'Delete' }).click();
    await page.getByText('There is no backup yet.').waitFor();
  });

  it.concurrent('fa: a path is needed; restores to a path, cancels all, destroys everything when its name is typed', async () => {
    await addRemote('Ada', 'fa');
    const page = await browser.signIn(agent, refused);
    await openRemote(page, 'Ada');
    await page.getByText('only backups made from here are known').waitFor();
    await create(page, async () => {
      expect(await labels(page)).toEqual(['Path *']);
      expect(await button(page, 'Start the backup').isDisabled()).toBe(true);
      await dialog(page).getByLabel('Path').fill('data');
    });
    await rowOf(page, 'Done').click();
    await button(page, 'Restore').waitFor();
    expect(await offered(page)).toEqual(['Ask now', 'Restore', 'Delete']);
    await button(page, 'Restore').click();
    expect(await dialog(page).getByText('First remove everything').count()).toBe(0);
    expect(await button(page, 'Restore it there').isDisabled()).toBe(true);
    await dialog(page).getByLabel('Path on the remote').fill('back');
    await button(page, 'Restore it there').click();
    await dialog(page).waitFor({ state: 'detached' });
    expect(await ended('remote-restore', 'Ada')).toMatchObject({ state: 'done' });
    await page.getByRole('link', { name: 'Restore on a remote' }).waitFor();
    expect(readFileSync(served('ada', 'back', 'file.txt'), 'utf8')).toBe('of ada');

    await openRemote(page, 'Ada');
    await button(page, 'Cancel everything there').click();
    await dialog(page).getByRole('button', { name: 'Cancel everything there' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    await button(page, 'Destroy all backups there').click();
    const destroy = dialog(page).getByRole('button', { name: 'Destroy all backups there' });
    expect(await destroy.isDisabled()).toBe(true);
    await dialog(page).getByRole('textbox').fill('Ada');
    await screenshot(page, 'remotes-destroy');
    expect(await seriousFindings(page)).toEqual([]);
    await destroy.click();
    await page.getByText('There is no backup yet.').waitFor();
  });

  it.concurrent('panel: locks, restores after a warning; a schedule and copies are set in the form, which asks before it is left; off the list', async () => {
    await addRemote('Site', 'panel', uuid);
    const page = await browser.signIn(agent, refused);
    await openRemote(page, 'Site');
    await create(page, async () => {
      expect(await labels(page)).toEqual(['Name of the backup', 'Leave out', 'Lock it against removal']);
      await dialog(page).getByLabel('Name of the backup').fill('before');
      await dialog(page).getByLabel('Leave out').fill('*.log');
      await dialog(page).getByLabel('Lock it against removal').check();
    });
    await rowOf(page, 'before').click();
    await page.getByText('unlock it first').waitFor();
    expect(await button(page, 'Delete').isDisabled()).toBe(true);
    await button(page, 'Unlock').click();
    await button(page, 'Lock').waitFor();
    expect(await offered(page)).toEqual(['Ask now', 'Restore', 'Download', 'Copy into a repository', 'Lock', 'Delete']);
    writeFileSync(served('site', 'data', 'new.txt'), 'is lost');
    await button(page, 'Restore').click();
    await dialog(page).getByLabel('First remove everything').check();
    await dialog(page).getByText('cannot be brought back').waitFor();
    await screenshot(page, 'remotes-restore');
    expect(await seriousFindings(page)).toEqual([]);
    await button(page, 'Remove and restore').click();
    await dialog(page).waitFor({ state: 'detached' });
    await ended('remote-restore', 'Site');
    expect(readdirSync(served('site', 'data'))).toEqual(['file.txt']);

    await openRemote(page, 'Site');
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByRole('switch', { name: 'Make backups by itself' }).check();
    await page.getByText(/every day at/).waitFor();
    await page.getByLabel('Name of the backup').fill('nightly');
    await page.getByRole('combobox', { name: 'Copy new backups into' }).click();
    await page.getByRole('option').first().click();
    await screenshot(page, 'remotes-edit');
    expect(await seriousFindings(page)).toEqual([]);
    const leaving = [
      () => page.getByRole('navigation').getByRole('link', { name: 'Home' }).click(),
      () => page.getByRole('link', { name: 'Back to the remote' }).click(),
      () => page.goBack(),
    ];
    for (const leave of leaving) {
      await leave();
      await dialog(page).getByText('They will be lost.').waitFor();
      await page.keyboard.press('Escape');
      await dialog(page).waitFor({ state: 'detached' });
      expect(new URL(page.url()).pathname).toBe('/remotes/site/edit');
    }
    await button(page, 'Save').click();
    await page.getByText('Saved.').first().waitFor();
    const { remote } = await agent.client.remotes.get({ params: { id: 'site' }, signal: agent.signal });
    expect(remote).toMatchObject({
      ingestInto: 'default',
      schedule: { trigger: { kind: 'cron', expression: '0 2 * * *' }, order: { name: 'nightly' } },
    });

    // What is typed after that was not saved.
    await page.getByLabel('Token or key').fill('never saved');
    await page.getByRole('link', { name: 'Back to the remote' }).click();
    await dialog(page).getByRole('button', { name: 'Leave without saving' }).click();
    await button(page, 'Set another key').click();
    await dialog(page).getByLabel('Token or key').fill('wrong');
    await button(page, 'Save').click();
    await dialog(page).getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await button(page, 'Take it off the list').click();
    await dialog(page).getByText('Its backups stay there').waitFor();
    await dialog(page).getByRole('button', { name: 'Take it off the list' }).click();
    await page.getByRole('heading', { level: 1, name: 'Remotes' }).waitFor();
    await page.getByRole('link', { name: 'Site' }).waitFor({ state: 'detached' });
  });

  it.concurrent('stacks: databases are chosen; files are shown; an import can be asked for', async () => {
    await addRemote('Stack', 'stacks', uid);
    const page = await browser.signIn(agent, refused);
    await openRemote(page, 'Stack');
    await create(page, async () => {
      await dialog(page).getByLabel('Redis').check();
    });
    await rowOf(page, 'Done').click();
    await button(page, 'Download').waitFor();
    expect(await offered(page)).toEqual(['Ask now', 'Download', 'Copy into a repository']);
    await page.getByRole('region', { name: 'Files' }).getByRole('listitem').first().waitFor();
    await openRemote(page, 'Stack');
    await button(page, 'Import a backup').click();
    await dialog(page).getByLabel('Task').fill('1');
    await dialog(page).getByLabel('Address of the backup').fill('https://127.0.0.1:9/backup.tar');
    await button(page, 'Import').click();
    await dialog(page).waitFor({ state: 'detached' });
    // The server takes in nothing unless it is told from where.
    expect(await ended('remote-import', 'Stack')).toMatchObject({ state: 'failed' });
    await page.getByRole('link', { name: 'Import by a remote' }).waitFor();
  });

  it('shows all in both colours and widths, in German, and what was last known when the server is gone', async () => {
    await addRemote('Bureau', 'organizations', 'acme');
    await addRemote('Files', 'fa');
    await addRemote('Game', 'panel', uuid);
    await addRemote('Databases', 'stacks', uid);
    const refresh = (id: string) =>
      agent.client.remotes.backups({ params: { id }, query: { refresh: true }, signal: agent.signal });
    const order = { name: 'Wednesday', description: 'before the move' };
    const made = await agent.client.remotes.create({ params: { id: 'bureau' }, body: order, signal: agent.signal });
    expect(await agent.jobEnded(made.id)).toMatchObject({ state: 'done' });
    for (const id of ['bureau', 'files', 'game', 'databases']) await refresh(id);
    const [page, german] = await Promise.all([
      browser.signIn(agent, { path: '/remotes' }),
      browser.signIn(agent, { locale: 'de-DE', path: '/remotes/bureau', ...refused }),
    ]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [width, viewport] of Object.entries(viewports)) {
        await page.setViewportSize(viewport);
        // Colours and widths do not depend on each other: axe sees each of them once.
        const look = async (name: string) => {
          await screenshot(page, `${name}-${colorScheme}-${width}`);
          if ((colorScheme === 'light') === (width === 'window')) expect(await seriousFindings(page)).toEqual([]);
        };
        for (const name of ['Bureau', 'Files', 'Game', 'Databases']) {
          await page.getByRole('link', { name, exact: true }).waitFor();
        }
        await look('remotes');
        await page.getByRole('link', { name: 'Bureau', exact: true }).click();
        await rowOf(page, 'Wednesday').waitFor();
        await look('remotes-detail');
        await rowOf(page, 'Wednesday').click();
        await page.getByRole('heading', { level: 1, name: 'Wednesday' }).waitFor();
        await look('remotes-backup');
        await page.getByRole('link', { name: 'Bureau', exact: true }).click();
        await page.getByRole('link', { name: 'All remotes' }).click();
      }
    }
    await server.end('SIGKILL');
    await german.getByRole('button', { name: 'Jetzt fragen' }).click();
    await german
      .getByText(/^Keine Antwort seit/)
      .first()
      .waitFor();
    await german.getByText(/war um .* bekannt/).waitFor();
    await rowOf(german, 'Wednesday').waitFor();
    await screenshot(german, 'remotes-offline-german');
    expect(await seriousFindings(german)).toEqual([]);
  });
});
