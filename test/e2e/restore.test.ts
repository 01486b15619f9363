/** Restore: a lost file found by its name and put back, folders and versions looked through, two backups compared. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

describe.skipIf(chromium === undefined)('Restore', () => {
  let profile: AgentProfile;
  let agent: RunningAgent;
  let documents: string;
  let planId: string;

  const write = (name: string, text: string): void => writeFileSync(join(documents, name), text);
  const read = (name: string): string => readFileSync(join(documents, name), 'utf8');

  beforeAll(async () => {
    profile = await agentProfile();
    agent = await profile.start();
    documents = join(profile.home, 'documents');
    mkdirSync(documents);
    makeTree(join(documents, 'letters'), { files: 300, bytes: 3_000_000, seed: 'letters' });
    write('thesis.odt', 'first draft');
    write('<b>bold<b>.txt', 'a name that looks like markup');
    const plan = await agent.addPlan({ name: 'Documents', sources: [documents] });
    planId = plan.id;
    await agent.run(planId);
    write('thesis.odt', 'second draft, longer');
    write('notes.txt', 'new');
    await agent.run(planId);
    await agent.idle();
  });
  afterAll(() => profile?.[Symbol.asyncDispose]());

  const restoreInDialog = async (page: Page): Promise<void> => {
    const dialog = page.getByRole('dialog', { name: 'Restore' });
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
    await dialog.getByText('Restored', { exact: true }).waitFor();
  };

  it('puts a lost file back: type its name, Restore, Restore', async () => {
    rmSync(join(documents, 'thesis.odt'));
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/restore' });
    await page.getByRole('searchbox', { name: 'What are you looking for?' }).fill('thes');
    await page.getByText('1 file or folder found').waitFor();
    await screenshot(page, 'restore-search');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Restore thesis.odt' }).click();
    await page.getByText('1 file will be put back').waitFor();
    await screenshot(page, 'restore-dialog');
    expect(await seriousFindings(page)).toEqual([]);
    await restoreInDialog(page);
    await page.getByText('1 file was put back').waitFor();
    await screenshot(page, 'restore-done');
    expect(await seriousFindings(page)).toEqual([]);
    expect(read('thesis.odt')).toBe('second draft, longer');
  });

  it('goes back to an older version, by keys alone', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: `/restore/${planId}` });
    const row = page.getByRole('row', { name: /thesis\.odt/ });
    await row.focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'thesis.odt' });
    await drawer.getByText('2 versions are kept').waitFor();
    await screenshot(page, 'restore-versions');
    expect(await seriousFindings(page)).toEqual([]);
    const older = drawer.getByRole('listitem').nth(1).getByRole('button', { name: 'Restore this version' });
    await older.focus();
    await page.keyboard.press('Enter');
    await page.getByText('1 file will be replaced').waitFor();
    await page.getByRole('dialog', { name: 'Restore' }).getByRole('button', { name: 'Restore', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('1 file was replaced').waitFor();
    expect(read('thesis.odt')).toBe('first draft');
  });

  it('is looked through like a file manager, and gives many things back into another folder', async () => {
    const target = join(profile.home, 'restored');
    await using browser = await openBrowser(chromium!);
    // A count that ends just when another folder is chosen cannot be cancelled any more: its request fails.
    const page = await browser.signIn(agent, { path: `/restore/${planId}`, mayLoseAgent: true });
    await page.getByText('<b>bold<b>.txt').waitFor();
    for (const name of ['notes.txt', 'letters']) {
      await page.getByRole('row', { name }).focus();
      await page.keyboard.press('Space');
    }
    await page.getByText('2 chosen').waitFor();
    await page.getByText('letters', { exact: true }).click();
    await page.getByRole('navigation', { name: 'Where you are' }).getByText('letters').waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Restore 2 items' }).click();
    await page.getByRole('radio', { name: 'Into another folder' }).check();
    await page.getByRole('textbox', { name: 'Folder' }).fill(target);
    await page.getByText('301 files will be put back').waitFor();
    await restoreInDialog(page);
    expect(readFileSync(join(target, 'notes.txt'), 'utf8')).toBe('new');
    await page.getByRole('button', { name: 'Close' }).last().click();

    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as ZIP' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/\.zip$/);
    expect(
      readFileSync(await download.path())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
  });

  it('tells what changed between two backups', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: `/restore/${planId}` });
    await page.getByText('What changed', { exact: true }).click();
    await page.getByText('1 added').waitFor();
    await page.getByText('1 changed').waitFor();
    await page.getByRole('row', { name: /Added .*notes\.txt/ }).waitFor();
    await screenshot(page, 'restore-changes');
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('says of which repository nothing is shown, and leads to it; alone, that it cannot be read', async () => {
    const location = profile.folder.at('disk');
    const { signal } = agent;
    const body = { name: 'Old disk', location, mode: 'create', password: 'secret' } as const;
    const { repository } = await agent.client.repositories.add({ body, signal });
    renameSync(location, `${location}-unplugged`);
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/restore', ...refused });
    const unread = page.getByRole('alert').filter({ hasText: '“Old disk” could not be read' });
    await unread.waitFor();
    await page.getByRole('row', { name: /letters/ }).waitFor();
    await screenshot(page, 'restore-unread');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('searchbox', { name: 'What are you looking for?' }).fill('nothing of that name');
    await page.getByText('Nothing is called').waitFor();
    await unread.getByRole('link', { name: 'To the repository' }).click();
    await page.getByRole('heading', { name: 'Old disk' }).waitFor();
    await page.goto(new URL(`/restore/repository/${repository.id}`, page.url()).href);
    await page.getByText('There is no repository at').waitFor();
    await page.getByRole('link', { name: 'Repositories' }).last().waitFor();
    await agent.client.repositories.remove({ params: { id: repository.id }, signal });
  });

  it('looks well in both colours, in a window and on a phone, in German too', async () => {
    await using browser = await openBrowser(chromium!);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, viewport] of Object.entries(viewports)) {
        const page = await browser.signIn(agent, { path: `/restore/${planId}`, colorScheme, viewport });
        await page.getByText('notes.txt').waitFor();
        await screenshot(page, `restore-${colorScheme}-${width}`);
        expect(await seriousFindings(page)).toEqual([]);
      }
    }
    const page = await browser.signIn(agent, { path: '/restore', locale: 'de-DE', viewport: viewports.phone });
    await page.getByRole('searchbox').fill('t');
    await page.getByText(/Dateien und Ordner in Ihren Sicherungen gefunden/).waitFor();
    await screenshot(page, 'restore-german-phone');
    expect(await seriousFindings(page)).toEqual([]);
  });
});
