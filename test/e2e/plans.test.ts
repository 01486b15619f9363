/** Plans: the list and the editor. */
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../support/agent.ts';
import { openBrowser, screenshot, seriousFindings, viewports } from '../support/browser.ts';
import { makeTree } from '../support/make-tree.ts';
import { requireTool } from '../support/tools.ts';

const chromium = requireTool('chromium');
/** Answers that refuse something are expected. */
const refused = { mayLoseAgent: true };

describe.skipIf(chromium === undefined)('Plans', () => {
  let profile: AgentProfile;
  let agent: RunningAgent;

  beforeAll(async () => {
    profile = await agentProfile(homedir());
    agent = await profile.start();
  });
  afterAll(() => profile?.[Symbol.asyncDispose]());

  const folder = (name: string, files = 20): string => {
    const path = join(profile.home, name);
    makeTree(path, { files, bytes: files * 20_000, seed: name });
    return path;
  };
  const row = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name });
  const inMenu = async (page: Page, plan: string, item: string) => {
    await page.getByRole('button', { name: `More for “${plan}”` }).click();
    await page.getByRole('menuitem', { name: item, exact: true }).click();
  };

  it('lists plans, runs, pauses, resumes and deletes them; saves them as a file and reads it in', async () => {
    const plan = await agent.addPlan({ name: 'Letters', sources: [folder('letters')] });
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/plans' });
    await row(page, 'Letters').getByText('Not yet saved').waitFor();
    await page.getByRole('button', { name: 'Back up now: Letters' }).click();
    await row(page, 'Letters').getByText('Safe').waitFor();
    await inMenu(page, 'Letters', 'For an hour');
    await row(page, 'Letters').getByText('Paused until').waitFor();
    await row(page, 'Letters').getByRole('button', { name: 'Resume' }).click();
    await row(page, 'Letters').getByText('When you start it', { exact: true }).waitFor();
    await inMenu(page, 'Letters', 'Prove it now');
    await agent.ended('drill', 1);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ]);
    const file = join(profile.folder.path, 'plans.json');
    await download.saveAs(file);
    const { plans } = JSON.parse(readFileSync(file, 'utf8'));
    expect(plans).toEqual([expect.objectContaining({ name: 'Letters' })]);
    writeFileSync(file, JSON.stringify({ version: 1, plans: [{ ...plans[0], name: 'Letters again' }] }));
    await page.locator('input[type=file]').setInputFiles(file);
    await row(page, 'Letters again').waitFor();

    await inMenu(page, 'Letters again', 'Delete');
    await page.getByRole('dialog').getByText('can be restored').waitFor();
    await page.getByRole('button', { name: 'Delete the plan' }).click();
    await row(page, 'Letters again').waitFor({ state: 'detached' });
    expect((await agent.client.plans.list({ signal: agent.signal })).map((view) => view.plan.id)).toEqual([plan.id]);
  });

  it('makes a plan: sources, excludes with what they do, a schedule with its next runs, validation at its fields', async () => {
    const music = folder('music', 30);
    writeFileSync(join(music, 'half.part'), 'x'.repeat(50_000));
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/plans/new', ...refused });
    await page.getByRole('textbox', { name: 'Name' }).fill('Music');
    await page.getByRole('button', { name: 'Create the plan' }).click();
    await page.getByText('at least one file, folder or database').first().waitFor();

    await page.getByRole('region', { name: 'What is backed up' }).getByPlaceholder('… or type a path').fill(music);
    await page.keyboard.press('Enter');
    await page.getByText('30 files will be saved').waitFor();
    await page.getByText('1 file here, 50').waitFor();
    await page.getByLabel('Temporary files').uncheck();
    await page.getByText('31 files will be saved').waitFor();
    await page.getByLabel('Temporary files').check();
    await page.getByLabel('Patterns').fill('*.txt\n*.part');

    await choose(page, 'Rhythm', 'Cron expression');
    await page.getByLabel('Expression', { exact: true }).fill('99 * * * *');
    await page.getByText(/99/).first().waitFor();
    await choose(page, 'Rhythm', 'On days of the week');
    await page.getByLabel('Friday').check();
    const runs = page.getByRole('region', { name: 'Next runs' });
    await runs.getByText(/Monday and Friday at/).waitFor();
    await expect.poll(() => runs.getByRole('listitem').count()).toBe(5);

    await page.getByRole('button', { name: 'Create the plan' }).click();
    await row(page, 'Music').waitFor();
    const made = async () =>
      (await agent.client.plans.list({ signal: agent.signal })).find(({ plan }) => plan.name === 'Music')?.plan;
    await expect.poll(made, { timeout: 10_000 }).toMatchObject({
      sources: [music],
      excludes: { patterns: ['*.txt', '*.part'] },
      repositories: ['default'],
    });
  });

  it('edits a plan: retention shown on its real snapshots, and never over what somebody else changed meanwhile', async () => {
    const plan = await agent.addPlan({ name: 'Drawings', sources: [folder('drawings')], retention: { last: 10 } });
    for (let at = 0; at < 3; at++) {
      writeFileSync(join(profile.home, 'drawings', 'new.txt'), String(at));
      await agent.run(plan.id);
    }
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: `/plans/${plan.id}` });
    await page.getByText('3 versions stay, 0 go.').waitFor();
    await page.getByLabel('Last', { exact: true }).fill('1');
    await page.getByText('1 version stays, 2 go.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The plan was saved.').waitFor();
    expect((await agent.planStatus(plan.id)).plan.retention).toEqual({ last: 1 });

    await page.getByRole('textbox', { name: 'Name' }).fill('Sketches');
    const { id: _id, createdAt: _made, revision: _revision, ...body } = (await agent.planStatus(plan.id)).plan;
    await agent.client.plans.update({
      params: { id: plan.id },
      body: { ...body, tags: ['other'] },
      signal: agent.signal,
    });
    await page.getByText('The plan was changed elsewhere meanwhile.').waitFor();
    expect((await agent.planStatus(plan.id)).plan.name).toBe('Drawings');
    await page.getByRole('button', { name: 'Show it as it is now' }).click();
    await expect.poll(() => page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Drawings');
  });

  it('makes a plan with times of day, conditions, hooks and two repositories; asks before it is left unsaved', async () => {
    const place = join(profile.home, 'second');
    await agent.client.repositories.add({ body: { name: 'Second', location: place }, signal: agent.signal });
    const source = folder('recipes');
    const seen = join(profile.home, 'seen-by-hook');
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/plans' });
    await page.getByRole('link', { name: 'New plan' }).first().click();
    const part = (name: string) => page.getByRole('region', { name });
    await page.getByRole('textbox', { name: 'Name' }).fill('Recipes');
    await part('What is backed up').getByPlaceholder('… or type a path').fill(source);
    await page.keyboard.press('Enter');

    await choose(page, 'Rhythm', 'Every day');
    await page.getByLabel('Time', { exact: true }).fill('03:15');
    for (const _ of ['one more', 'and one more']) await page.getByRole('button', { name: 'Another time' }).click();
    await page.getByLabel('Time 2').fill('13:15');
    await page.getByRole('button', { name: 'Remove 05:15' }).click();
    await part('Next runs').getByText('03:15 and 13:15').waitFor();

    await choose(page, 'Add a repository', 'Second');
    await page.getByRole('button', { name: 'Write to Second first' }).click();
    await page.getByLabel('The computer is not on battery').check();
    await page.getByLabel('The network does not count what is sent').check();
    await page.getByRole('combobox', { name: 'Only in these Wi-Fi networks' }).fill('Home');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Add hours' }).click();
    await page.getByLabel('From', { exact: true }).fill('21:30');
    await part('Only when').getByPlaceholder('… or type a path').fill(profile.home);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Add a program: Before the backup' }).click();
    await page.getByLabel('Program and arguments').fill(`/bin/sh\n-c\necho "$HOLDFAST_PLAN" > '${seen}'`);
    await page.getByLabel('No backup if it fails').check();
    await screenshot(page, 'plans-new');
    expect(await seriousFindings(page)).toEqual([]);

    const dialog = page.getByRole('dialog');
    const leaving = [
      () => page.getByRole('navigation').getByRole('link', { name: 'Home' }).click(),
      () => page.goBack(),
      () => page.keyboard.press('Alt+Shift+Digit1'),
    ];
    for (const leave of leaving) {
      await leave();
      await dialog.getByText('They will be lost.').waitFor();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(new URL(page.url()).pathname).toBe('/plans/new');
    }
    await page.getByRole('button', { name: 'Create the plan' }).click();
    await page.waitForURL('**/plans');
    const made = (await agent.client.plans.list({ signal: agent.signal })).find(({ plan }) => plan.name === 'Recipes');
    const [second, first] = made?.plan.repositories ?? [];
    expect(first).toBe('default');
    expect(made?.plan).toMatchObject({
      trigger: { kind: 'cron', expression: '15 3,13 * * *' },
      conditions: {
        notOnBattery: true,
        network: 'unmetered',
        wifiNames: ['Home'],
        quietHours: [{ from: '21:30', to: '06:00' }],
        requirePaths: [profile.home],
      },
      hooks: { before: [{ cancelOnFailure: true }], after: [], onFailure: [] },
    });
    await agent.run(made!.plan.id);
    expect(readFileSync(seen, 'utf8')).toBe('Recipes\n');
    const kept = { repositoryId: second!, limit: 10 };
    expect(await agent.snapshots(kept)).toHaveLength(1);

    await page.getByRole('link', { name: 'Recipes' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Lost');
    await page.getByRole('link', { name: 'All plans' }).click();
    await dialog.getByRole('button', { name: 'Leave without saving' }).click();
    await row(page, 'Recipes').waitFor();
    expect((await agent.planStatus(made!.plan.id)).plan.name).toBe('Recipes');
  });

  it('looks right in both colours, in a window and on a phone, and in German', async () => {
    const plan = await agent.addPlan({
      name: 'Photos',
      sources: [folder('photos')],
      trigger: { kind: 'cron', expression: '30 2 * * *' },
      retention: { last: 2, daily: 7, yearly: 'unlimited' },
    });
    await agent.run(plan.id);
    await using browser = await openBrowser(chromium!);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, viewport] of Object.entries(viewports)) {
        const page = await browser.signIn(agent, { colorScheme, viewport, path: '/plans' });
        await row(page, 'Photos').getByText('Safe').waitFor();
        await screenshot(page, `plans-${colorScheme}-${width}`);
        expect(await seriousFindings(page)).toEqual([]);
        await page.getByRole('link', { name: 'Photos' }).click();
        await page.getByText('1 version stays').waitFor();
        await page.getByText('20 files will be saved').waitFor();
        await screenshot(page, `plans-edit-${colorScheme}-${width}`);
        expect(await seriousFindings(page)).toEqual([]);
      }
    }
    const page = await browser.signIn(agent, { locale: 'de-DE', path: `/plans/${plan.id}` });
    await page.getByText('1 Stand bleibt').waitFor();
    await page.getByText('täglich um 02:30').waitFor();
    await screenshot(page, 'plans-edit-german');
  });
});

async function choose(page: Page, field: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: field }).click();
  await page.getByRole('option', { name: option }).click();
}
