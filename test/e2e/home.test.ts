/** Home with plans in every condition that somebody should see at once. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../support/agent.ts';
import { openBrowser, screenshot, seriousFindings, viewports } from '../support/browser.ts';
import { makeTree } from '../support/make-tree.ts';
import { requireTool } from '../support/tools.ts';

const chromium = requireTool('chromium');

describe.skipIf(chromium === undefined)('Home', () => {
  let profile: AgentProfile;
  let agent: RunningAgent;

  beforeAll(async () => {
    profile = await agentProfile();
    agent = await profile.start();
  });
  afterAll(() => profile?.[Symbol.asyncDispose]());

  const folder = (name: string, files = 20): string => {
    const path = join(profile.home, name);
    makeTree(path, { files, bytes: files * 20_000, seed: name });
    return path;
  };

  it('shows what failed with the one action that helps, and what is well; in both colours, in a window and on a phone', async () => {
    const disk = join(profile.home, 'disk');
    const added = await agent.client.repositories.add({ body: { name: 'Disk', location: disk }, signal: agent.signal });
    const good = await agent.addPlan({
      name: 'Documents',
      sources: [folder('documents')],
      trigger: { kind: 'cron', expression: '30 2 * * *' },
    });
    await agent.run(good.id);
    await agent.client.plans.drill({ params: { id: good.id }, signal: agent.signal });
    const bad = await agent.addPlan({
      name: 'Pictures',
      sources: [folder('pictures')],
      repositories: [added.repository.id],
    });
    await agent.run(bad.id);
    await agent.idle();
    renameSync(disk, `${disk}-away`);
    await agent.run(bad.id);
    const paused = await agent.addPlan({ name: 'Music', sources: [folder('music')] });
    await agent.client.plans.pause({ params: { id: paused.id }, body: { for: 'tomorrow' }, signal: agent.signal });
    await agent.idle();

    await using browser = await openBrowser(chromium!);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, viewport] of Object.entries(viewports)) {
        const page = await browser.signIn(agent, { colorScheme, viewport });
        await page.getByText('A backup failed').waitFor();
        await page.getByText('“Pictures” could not be backed up').waitFor();
        await page.getByText('A sample was restored and compared').waitFor();
        await screenshot(page, `home-${colorScheme}-${width}`);
        expect(await seriousFindings(page)).toEqual([]);
      }
    }
    const page = await browser.signIn(agent, { locale: 'de-DE' });
    await page.getByText('„Pictures“ konnte nicht gesichert werden').waitFor();
    await screenshot(page, 'home-german');

    renameSync(`${disk}-away`, disk);
    await page.getByRole('region', { name: 'Aufmerksamkeit' }).getByRole('button', { name: 'Jetzt sichern' }).click();
    await page.getByText('„Pictures“ konnte nicht gesichert werden').waitFor({ state: 'detached' });
    await page.getByRole('article', { name: 'Music' }).getByRole('button', { name: 'Fortsetzen' }).click();
    await page.getByRole('article', { name: 'Music' }).getByText('Noch nicht gesichert').waitFor();
  });

  it('lets a source be empty that is meant to be, and goes on after warning signs were looked at', async () => {
    const letters = folder('letters', 60);
    const plan = await agent.addPlan({ name: 'Letters', sources: [letters] });
    await agent.run(plan.id);
    rmSync(letters, { recursive: true });
    mkdirSync(letters);
    await agent.run(plan.id);
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent);
    const trouble = page.getByRole('article', { name: '“Letters” could not be backed up' });
    await trouble.getByText('Its drive may be missing.').waitFor();
    await trouble.getByRole('button', { name: 'It is meant to be empty' }).click();
    await trouble.waitFor({ state: 'detached' });
    const held = page.getByRole('article', { name: '“Letters” looks unusual' });
    await held.getByText('60 of the 60 files of the backup before are gone.').waitFor();
    await screenshot(page, 'home-held');
    expect(await seriousFindings(page)).toEqual([]);
    await held.getByRole('button', { name: 'This is as it should be' }).click();
    await held.waitFor({ state: 'detached' });
    expect((await agent.planStatus(plan.id)).state).toBe('ok');
    await agent.client.plans.remove({ params: { id: plan.id }, signal: agent.signal });
  });

  it('pauses one plan or all, proves one, and closes messages', async () => {
    const plan = await agent.addPlan({ name: 'Notes', sources: [folder('notes')] });
    await agent.run(plan.id);
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent);
    const card = page.getByRole('article', { name: 'Notes' });
    await card.getByRole('button', { name: 'More for “Notes”' }).click();
    await page.getByRole('menuitem', { name: 'Prove it now' }).click();
    await card.getByText('A sample was restored and compared').waitFor();
    await card.getByRole('button', { name: 'More for “Notes”' }).click();
    await page.getByRole('menuitem', { name: 'Pause' }).click();
    await card.getByRole('button', { name: 'Resume' }).click();
    await card.getByRole('button', { name: 'Back up now' }).waitFor();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Until tomorrow' }).click();
    await page.getByRole('button', { name: 'Resume all' }).click();
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
  });

  it('shows what the agent wants to be known, until it is closed', async () => {
    await using broken = await agentProfile();
    mkdirSync(broken.config, { recursive: true });
    writeFileSync(join(broken.config, 'config.json'), '{ broken');
    const other = await broken.start();
    await other.addPlan({ sources: [broken.home] });
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(other);
    const messages = page.getByRole('region', { name: 'Messages' });
    await messages.getByText('config.json').first().waitFor();
    await screenshot(page, 'home-message');
    await messages.getByRole('button', { name: 'Close this message' }).click();
    await messages.waitFor({ state: 'detached' });
    expect(await other.notices()).toEqual([]);
  });

  it('shows a backup while it runs, from the button on, and cancels it', async () => {
    const slow = await agent.addPlan({ name: 'Videos', sources: [join(profile.home, 'videos')] });
    mkdirSync(join(profile.home, 'videos'));
    for (let at = 0; at < 40; at++) {
      writeFileSync(join(profile.home, 'videos', `${at}.mp4`), crypto.getRandomValues(new Uint8Array(65_536)));
    }
    makeTree(join(profile.home, 'videos', 'many'), { files: 20_000, bytes: 400_000_000, seed: 'videos' });
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent);
    const card = page.getByRole('article', { name: 'Videos' });
    const run = card.getByRole('button', { name: 'Back up now' });
    await run.press('Enter');
    await card.getByRole('progressbar').waitFor();
    // It cannot be pressed now, and still has the focus.
    expect(await run.isDisabled()).toBe(true);
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Back up now: Videos');
    await card.getByText(/ files/).waitFor();
    await screenshot(page, 'home-running');
    expect(await seriousFindings(page)).toEqual([]);
    await card.getByRole('button', { name: 'Cancel' }).click();
    await card.getByRole('progressbar').waitFor({ state: 'detached' });
    const job = await agent.until('the job in the history', async () => (await agent.history({ planId: slow.id }))[0]);
    expect(job.state).toBe('cancelled');
    rmSync(join(profile.home, 'videos'), { recursive: true });
  });
});
