/** Jobs: what runs is cancelled, what failed is tried again, a file that could not be read is left out from then on. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../support/agent.ts';
import { openBrowser, screenshot, seriousFindings, viewports } from '../support/browser.ts';
import { makeTree } from '../support/make-tree.ts';
import { requireTool } from '../support/tools.ts';

const chromium = requireTool('chromium');

describe.skipIf(chromium === undefined)('Jobs', () => {
  let profile: AgentProfile;
  let agent: RunningAgent;

  beforeAll(async () => {
    profile = await agentProfile();
    agent = await profile.start();
  });
  afterAll(() => profile?.[Symbol.asyncDispose]());

  it('cancels one job, and all of them', async () => {
    const videos = join(profile.home, 'videos');
    makeTree(videos, { files: 10, bytes: 100_000, seed: 'videos' });
    // They run until they are cancelled; the second waits for the first, as both write to one repository.
    const hooks = { before: [{ command: ['sleep', '600'], timeoutSeconds: 600 }] };
    const plan = await agent.addPlan({ name: 'Videos', sources: [videos], hooks });
    const other = await agent.addPlan({ name: 'More videos', sources: [videos], hooks });
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/jobs' });
    await page.getByText('Nothing is running.').waitFor();
    const first = await agent.startRun(plan.id);
    const running = page.getByRole('article', { name: 'Backup Videos', exact: true });
    await running.getByText('Running').waitFor();
    const second = await agent.startRun(other.id);
    await page.getByRole('article', { name: 'Backup More videos' }).waitFor();
    await screenshot(page, 'jobs-running');
    expect(await seriousFindings(page)).toEqual([]);
    await running.getByRole('button', { name: 'Cancel' }).click();
    expect((await agent.jobEnded(first.id)).state).toBe('cancelled');
    await page
      .getByRole('row', { name: /Cancelled.*Videos/ })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Cancel all' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel 1 job?' });
    await dialog.getByText('Backup: More videos').waitFor();
    await dialog.getByRole('button', { name: 'Cancel all' }).click();
    expect((await agent.jobEnded(second.id)).state).toBe('cancelled');
    await page.getByText('Nothing is running.').waitFor();
  });

  it('tries again what failed, and finds it by filter', async () => {
    const disk = join(profile.home, 'disk');
    const pictures = join(profile.home, 'pictures');
    makeTree(pictures, { files: 10, bytes: 100_000, seed: 'pictures' });
    const added = await agent.client.repositories.add({ body: { name: 'Disk', location: disk }, signal: agent.signal });
    const plan = await agent.addPlan({
      name: 'Pictures',
      sources: [pictures],
      repositories: [added.repository.id],
    });
    renameSync(disk, `${disk}-away`);
    await agent.run(plan.id);
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/jobs' });
    await page.getByRole('combobox', { name: 'Result' }).click();
    await page.getByRole('option', { name: 'Failed' }).click();
    await page.getByRole('searchbox', { name: 'Search' }).fill('pict');
    const row = page.getByRole('row', { name: /Failed.*Pictures/ });
    await row.waitFor();
    expect(new URL(page.url()).searchParams.get('result')).toBe('failed');
    await screenshot(page, 'jobs-filtered');
    await row.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await screenshot(page, 'jobs-failed');
    expect(await seriousFindings(page)).toEqual([]);
    renameSync(`${disk}-away`, disk);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Run again' }).waitFor();
    await page.getByRole('link', { name: 'Show its files' }).click();
    await page.getByRole('heading', { level: 1, name: 'Restore' }).waitFor();
    await agent.idle();
  });

  it('leaves a file that cannot be read out of the plan, and takes that back', async () => {
    const odd = join(profile.home, 'odd');
    mkdirSync(odd);
    writeFileSync(join(odd, 'fine.txt'), 'fine');
    // Nobody can read this, root included.
    symlinkSync('/proc/self/mem', join(odd, 'link'));
    const plan = await agent.addPlan({ name: 'Odd', sources: [odd, '/proc/self/mem'] });
    const job = await agent.run(plan.id);
    expect(job.problems).toBe(1);
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: `/jobs/${job.id}` });
    await page.getByRole('tab', { name: '1 file with an error' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Exclude /proc/self/mem' }).click();
    await screenshot(page, 'jobs-exclude');
    await page.getByRole('menuitem', { name: 'Exclude this from the plan' }).click();
    const undo = page.getByRole('button', { name: 'Excluded: undo, /proc/self/mem' });
    await undo.waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    expect((await agent.planStatus(plan.id)).plan.excludes.patterns).toEqual(['/proc/self/mem']);
    await undo.click();
    await page.getByRole('button', { name: 'Exclude /proc/self/mem' }).waitFor();
    expect((await agent.planStatus(plan.id)).plan.excludes.patterns).toEqual([]);
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByRole('table', { name: 'Log' }).or(page.getByText('It said nothing.')).waitFor();
  });

  it('looks well in both colours, in a window and on a phone, in German too', async () => {
    await using browser = await openBrowser(chromium!);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, viewport] of Object.entries(viewports)) {
        const page = await browser.signIn(agent, { path: '/jobs', colorScheme, viewport });
        await page
          .getByRole('row', { name: /Pictures/ })
          .first()
          .waitFor();
        await screenshot(page, `jobs-${colorScheme}-${width}`);
        expect(await seriousFindings(page)).toEqual([]);
        await page
          .getByRole('row', { name: /Pictures/ })
          .first()
          .click();
        await page.getByRole('heading', { name: 'Related jobs' }).waitFor();
        await screenshot(page, `job-${colorScheme}-${width}`);
        expect(await seriousFindings(page)).toEqual([]);
      }
    }
    const page = await browser.signIn(agent, { path: '/jobs', locale: 'de-DE' });
    await page
      .getByRole('row', { name: /Pictures/ })
      .first()
      .waitFor();
    await screenshot(page, 'jobs-german');
  });
});
