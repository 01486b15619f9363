/** Settings: each of them is changed by hand, and kept by the agent. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../support/agent.ts';
import { openBrowser, screenshot, seriousFindings, viewports } from '../support/browser.ts';
import { httpSink } from '../support/http-sink.ts';
import { smtpSink } from '../support/smtp-sink.ts';
import { requireTool } from '../support/tools.ts';

const chromium = requireTool('chromium');

/** What a desktop shell gives the page. */
const fakeShell = `
  const settings = { startAtLogin: false, notifications: 'all', updates: false };
  window.holdfast = {
    platform: 'linux',
    settings: async () => settings,
    changeSettings: async (change) => (window.changed = { ...settings, ...change }),
    chooseFolder: async () => '/chosen',
    onOpen: (listener) => (window.openView = listener),
  };
`;

describe.skipIf(chromium === undefined)('Settings', () => {
  let profile: AgentProfile;
  let agent: RunningAgent;

  beforeAll(async () => {
    profile = await agentProfile();
    agent = await profile.start();
  });
  afterAll(() => profile?.[Symbol.asyncDispose]());

  const settings = () => agent.client.settings.get({ signal: agent.signal });
  const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

  it('change colours and language at once, also for later windows', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/settings', colorScheme: 'light' });
    const looks = section(page, 'Appearance and language');
    await looks.getByText('Dark', { exact: true }).click();
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor();
    await looks.getByRole('combobox', { name: 'Language' }).click();
    await page.getByRole('option', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor();
    await expect.poll(settings).toMatchObject({ appearance: 'dark', language: 'de' });
    const later = await browser.signIn(agent, { colorScheme: 'light' });
    await later.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
    await later.locator('html[data-mantine-color-scheme=dark]').waitFor();
    const now = await settings();
    await agent.client.settings.update({
      body: { ...now, appearance: 'system', language: 'system' },
      signal: agent.signal,
    });
  });

  it('tell by mail, webhooks and pings, and send tests', async () => {
    await using sink = await httpSink();
    await using mail = await smtpSink();
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/settings' });

    const letters = section(page, 'Mail');
    await letters.getByRole('button', { name: 'Set up mail' }).click();
    await letters.getByLabel('Mail server (SMTP)').fill('127.0.0.1');
    await letters.getByRole('textbox', { name: 'Port', exact: true }).fill(String(mail.port));
    await letters.getByRole('textbox', { name: 'From', exact: true }).fill('holdfast@example.com');
    await letters.getByRole('textbox', { name: 'To', exact: true }).fill('me@example.com, you@example.com');
    await letters.getByRole('button', { name: 'Save' }).click();
    await letters.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test message was sent.').first().waitFor();
    expect(mail.letters[0]?.to).toEqual(['me@example.com', 'you@example.com']);

    const hooks = section(page, 'Webhooks');
    await hooks.getByRole('button', { name: 'Add a webhook' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a webhook' });
    await dialog.getByLabel('Address').fill(`${sink.url}/hook`);
    await dialog.getByLabel('Header').fill('Authorization');
    await dialog.getByLabel('Its value').fill('Bearer of news');
    await dialog.getByLabel('Successes').check();
    await screenshot(page, 'settings-webhook');
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await hooks.getByRole('button', { name: 'Send a test' }).click();
    const told = await sink.until(({ url }) => url === '/hook');
    expect(told.headers.authorization).toBe('Bearer of news');
    expect((await settings()).telling.webhooks[0]?.events).toContain('succeeded');

    const pings = section(page, 'Dead man’s switches');
    await pings.getByRole('button', { name: 'Add an address' }).click();
    const ping = page.getByRole('dialog', { name: 'Add an address' });
    await ping.getByLabel('Address').fill(`${sink.url}/ping`);
    await ping.getByRole('button', { name: 'Save' }).click();
    await pings.getByRole('button', { name: 'Send a test' }).click();
    await sink.until(({ url }) => url.startsWith('/ping'));

    for (const name of ['Mail', 'Webhooks', 'Dead man’s switches']) {
      await section(page, name).getByRole('button', { name: 'Remove' }).click();
    }
    await expect.poll(async () => (await settings()).telling).toEqual({ webhooks: [], pings: [] });
  });

  it('limit speed but for some hours', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/settings' });
    const speed = section(page, 'Speed and storage');
    await speed.getByLabel('Upload').fill('500');
    await speed.getByLabel('Jobs at the same time').fill('3');
    await speed.getByRole('button', { name: 'Add hours' }).click();
    await speed.getByLabel('From').fill('23:00');
    await speed.getByRole('button', { name: 'Save' }).click();
    await speed.getByText('Saved.').waitFor();
    expect(await settings()).toMatchObject({
      bandwidth: { upKibPerSecond: 500, fullSpeed: [{ from: '23:00', to: '06:00' }] },
      maintenance: { parallelJobs: 3 },
    });
  });

  it('export plans and import them again', async () => {
    await agent.addPlan({ name: 'Letters', sources: [profile.home] });
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/settings' });
    const files = section(page, 'Plans as a file');
    const downloading = page.waitForEvent('download');
    await files.getByRole('button', { name: 'Export plans' }).click();
    const exported = readFileSync(await (await downloading).path(), 'utf8');
    expect(JSON.parse(exported)).toMatchObject({ version: 1, plans: [{ name: 'Letters' }] });
    const file = join(profile.home, 'plans.json');
    writeFileSync(file, exported.replace('Letters', 'Letters again'));
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('A plan was imported.').waitFor();
    const plans = await agent.client.plans.list({ signal: agent.signal });
    expect(plans.map(({ plan }) => plan.name)).toEqual(['Letters', 'Letters again']);
  });

  it('are those of the desktop, too, where there is one; it opens screens', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/settings', prepared: fakeShell });
    await page.getByRole('switch', { name: 'Start when I log in' }).click();
    await page.getByRole('switch', { name: 'Start when I log in', checked: true }).waitFor();
    expect(await page.evaluate('window.changed.startAtLogin')).toBe(true);
    await page.evaluate('window.openView("/jobs")');
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    await page.goto(`http://127.0.0.1:${agent.port}/start`);
    await page.getByRole('button', { name: 'Another folder' }).click();
    await page.getByText('/chosen').waitFor();
  });

  it('have no serious finding of axe, in both colours, in a window and on a phone', async () => {
    await using browser = await openBrowser(chromium!);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, viewport] of Object.entries(viewports)) {
        const page = await browser.signIn(agent, { path: '/settings', colorScheme, viewport });
        await section(page, 'Mail').getByRole('button', { name: 'Set up mail' }).click();
        await screenshot(page, `settings-${colorScheme}-${width}`);
        expect(await seriousFindings(page)).toEqual([]);
      }
    }
  });

  it('end the agent, after a question; the window says that it is gone', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/settings', mayLoseAgent: true });
    await page.getByRole('button', { name: 'End the agent' }).click();
    const dialog = page.getByRole('dialog', { name: 'End the agent?' });
    await dialog.getByText('Nothing is backed up until it is started again.').waitFor();
    await dialog.getByRole('button', { name: 'End the agent' }).click();
    expect(await agent.exit).toBe(0);
    await page.getByText('The connection to the Holdfast agent was lost.').waitFor();
    await screenshot(page, 'connection-lost');
    expect(await seriousFindings(page)).toEqual([]);
  });
});
