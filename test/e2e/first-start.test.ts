/** From nothing to a first backup, as somebody does it who was never here before. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentProfile } from '../support/agent.ts';
import { openBrowser, screenshot, seriousFindings, viewports } from '../support/browser.ts';
import { requireTool } from '../support/tools.ts';

const chromium = requireTool('chromium');

function fillHome(home: string): void {
  for (const [folder, file] of [
    ['Documents', 'thesis.odt'],
    ['Documents', 'letter.txt'],
    ['Pictures', 'summer.jpg'],
    ['Music', 'song.flac'],
  ] as const) {
    mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, folder, file), `${file} `.repeat(40_000));
  }
}

describe.skipIf(chromium === undefined)('the first start', () => {
  it('is three steps to a running backup, with the usual folders, whenever something changes', async () => {
    await using profile = await agentProfile(homedir());
    fillHome(profile.home);
    const agent = await profile.start();
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent);
    await page.getByRole('heading', { name: 'Nothing is backed up yet' }).waitFor();
    await screenshot(page, 'home-nothing');
    await page.getByRole('link', { name: 'Set up the first backup' }).click();

    await page.getByRole('heading', { name: 'What should be kept safe?' }).waitFor();
    await page.getByText('3 files, ').waitFor();
    expect(await page.getByRole('checkbox', { name: 'Documents' }).isChecked()).toBe(true);
    expect(await page.getByRole('checkbox', { name: 'Music' }).isChecked()).toBe(false);
    await screenshot(page, 'start-what');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'When should it be backed up?' }).waitFor();
    await screenshot(page, 'start-when');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'Where should the backups be kept?' }).waitFor();
    await screenshot(page, 'start-where');
    await page.getByRole('button', { name: 'Start the backup' }).click();

    await page.getByRole('heading', { name: 'Your files are safe' }).waitFor();
    await screenshot(page, 'start-done');
    expect(await seriousFindings(page)).toEqual([]);
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the emergency kit' }).click();
    const kit = await (await downloading).path();
    expect(readFileSync(kit, 'utf8')).toContain(profile.password());

    await page.getByRole('link', { name: 'Go to Home' }).click();
    await page.getByText('Everything is safe').waitFor();
    await screenshot(page, 'home-safe');
    const [view] = await agent.client.plans.list({ signal: agent.signal });
    expect(view?.plan).toMatchObject({
      name: 'My files',
      sources: [join(profile.home, 'Desktop'), join(profile.home, 'Documents'), join(profile.home, 'Pictures')].slice(
        1,
      ),
      trigger: { kind: 'continuous' },
      repositories: ['default'],
      retention: { daily: 7, yearly: 'unlimited' },
      drill: { kind: 'interval' },
    });
    expect((await agent.snapshots()).length).toBeGreaterThan(0);
  });

  it('goes to another drive, once a day, in German, on a phone; by keys alone', async () => {
    await using profile = await agentProfile(homedir());
    fillHome(profile.home);
    const drive = join(profile.home, 'Laufwerk');
    mkdirSync(drive);
    const agent = await profile.start();
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, {
      path: '/start',
      locale: 'de-DE',
      colorScheme: 'dark',
      viewport: viewports.phone,
    });
    await page.getByRole('heading', { name: 'Was soll gesichert werden?' }).waitFor();
    await page.getByText(/3 Dateien, /).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('de');
    await page.getByRole('button', { name: 'Weiterer Ordner' }).press('Enter');
    const picker = page.getByRole('dialog', { name: 'Weiterer Ordner' });
    await picker.getByRole('button', { name: 'Laufwerk' }).waitFor();
    await screenshot(page, 'folder-picker-phone');
    expect(await seriousFindings(page)).toEqual([]);
    await picker.getByRole('button', { name: 'Musik' }).press('Enter');
    await picker.getByText('Hier sind keine Ordner.').waitFor();
    await picker.getByRole('button', { name: 'Diesen Ordner wählen' }).press('Enter');
    await page.getByText(/4 Dateien, /).waitFor();
    await screenshot(page, 'start-what-phone');
    await page.getByRole('button', { name: 'Weiter' }).last().press('Enter');
    await page.getByRole('radio', { name: 'Einmal am Tag' }).press('Space');
    await page.getByLabel('Uhrzeit').fill('21:30');
    await screenshot(page, 'start-when-phone');
    await page.getByRole('button', { name: 'Weiter' }).last().press('Enter');
    await page.getByRole('radio', { name: 'Auf einem anderen Laufwerk oder in einem Ordner' }).press('Space');
    const places = page.getByRole('dialog', { name: 'Ordner wählen' });
    await places.getByRole('button', { name: 'Laufwerk' }).press('Enter');
    await places.getByText('Hier sind keine Ordner.').waitFor();
    await places.getByRole('button', { name: 'Diesen Ordner wählen' }).press('Enter');
    await page.getByText('Dort wird ein neuer, verschlüsselter Speicher angelegt.').waitFor();
    await screenshot(page, 'start-where-phone');
    await page.getByRole('button', { name: 'Sicherung starten' }).press('Enter');
    await page.getByRole('heading', { name: 'Ihre Dateien sind gesichert' }).waitFor();
    // Where the button is gone, the keyboard goes on at what came instead.
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SECTION');
    const [view] = await agent.client.plans.list({ signal: agent.signal });
    expect(view?.plan.trigger).toMatchObject({ kind: 'cron', expression: '30 21 * * *' });
    const repositories = await agent.client.repositories.list({ signal: agent.signal });
    expect(repositories.map(({ repository }) => repository.location)).toContain(drive);
    expect(await agent.snapshots({ repositoryId: view?.plan.repositories[0] ?? '' })).toHaveLength(1);
  });
});
