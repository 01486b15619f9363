/** Repositories: the list, adding one at every kind of place that this machine can serve, and what is done with them. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../support/agent.ts';
import { openBrowser, screenshot, seriousFindings, viewports } from '../support/browser.ts';
import { makeTree } from '../support/make-tree.ts';
import { startRclone } from '../support/rclone.ts';
import { startS3Stub } from '../support/s3-stub.ts';
import { startSshd } from '../support/sshd.ts';
import { requireTool } from '../support/tools.ts';

const chromium = requireTool('chromium');
/** Answers that refuse something are expected. */
const refused = { mayLoseAgent: true };

describe.skipIf(chromium === undefined)('Repositories', () => {
  let profile: AgentProfile;
  let agent: RunningAgent;

  beforeAll(async () => {
    profile = await agentProfile();
    agent = await profile.start();
  });
  afterAll(() => profile?.[Symbol.asyncDispose]());

  const repositories = async () => agent.client.repositories.list({ signal: agent.signal });
  const named = async (name: string) => (await repositories()).find(({ repository }) => repository.name === name);
  const test = (page: Page) => page.getByRole('button', { name: 'Test the connection' }).click();
  const next = (page: Page) => page.getByRole('button', { name: 'Next' }).click();

  it('makes one in a folder, with a password of its own and the emergency kit; opens it again with that password', async () => {
    const folder = join(profile.home, 'disk');
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/repositories', ...refused });
    await page.getByRole('link', { name: 'Add a repository' }).click();
    await page.getByRole('textbox', { name: 'Folder' }).fill(folder);
    await test(page);
    await page.getByText('a new, encrypted repository will be made').waitFor();
    await screenshot(page, 'repositories-add');
    expect(await seriousFindings(page)).toEqual([]);
    await next(page);
    await page.getByLabel('Choose one myself').check();
    await page.getByLabel('New password').fill('a long sentence');
    await page.getByLabel('The same again').fill('another');
    await page.getByText('The two are different.').waitFor();
    await page.getByLabel('The same again').fill('a long sentence');
    await page.getByRole('button', { name: 'Make the repository' }).click();
    const [kit] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the emergency kit' }).click(),
    ]);
    expect(readFileSync(await kit.path(), 'utf8')).toContain('a long sentence');
    expect((await named('disk'))?.repository.location).toBe(folder);

    await page.getByRole('link', { name: 'Open it' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('save the emergency kit first').waitFor();
    expect(await dialog.getByRole('button', { name: 'Remove' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('disk');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('link', { name: 'Add a repository' }).click();
    expect(await named('disk')).toBeUndefined();

    await page.getByRole('textbox', { name: 'Folder' }).fill(folder);
    await test(page);
    await page.getByText('A repository is there already').waitFor();
    await next(page);
    await page.getByLabel('Its password').fill('wrong');
    await page.getByRole('button', { name: 'Add the repository' }).click();
    await page.getByText('Wrong password').waitFor();
    await page.getByText('No key of the repository opens with this password.').waitFor();

    // The same in German, which loads the German of what the agent says.
    const german = await browser.signIn(agent, { path: '/repositories/new', locale: 'de-DE', ...refused });
    await german.getByRole('textbox', { name: 'Ordner' }).fill(folder);
    await german.getByRole('button', { name: 'Verbindung prüfen' }).click();
    await german.getByText('Dort ist schon ein Speicher').waitFor();
    await german.getByRole('button', { name: 'Weiter' }).click();
    await german.getByLabel('Sein Passwort').fill('wrong');
    await german.getByRole('button', { name: 'Speicher hinzufügen' }).click();
    await german.getByText('Kein Schlüssel des Speichers lässt sich mit diesem Passwort öffnen.').waitFor();
    await german.getByText('Prüfen Sie das Passwort.').waitFor();
    await screenshot(german, 'repositories-wrong-password-german');

    await page.getByLabel('Its password').fill('a long sentence');
    await page.getByRole('button', { name: 'Add the repository' }).click();
    await page.getByText('The repository is ready').waitFor();
  });

  it.skipIf(requireTool('sshd') === undefined)('asks whether the key of an unknown SSH server is right', async () => {
    await using server = await startSshd();
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/repositories/new', ...refused });
    await page.getByLabel('SSH server (SFTP)').check();
    await page.getByLabel('Address').fill(server.location(server.folder.at('repository')).slice('sftp:'.length));
    await page.getByLabel('File of the private key').fill(server.folder.at('user', 'id_ed25519'));
    await test(page);
    await page.getByText('is not known yet').waitFor();
    const [, key = ''] = readFileSync(server.folder.at('host_key.pub'), 'utf8').split(' ');
    const fingerprint = createHash('sha256').update(key, 'base64').digest('base64').replace(/=+$/, '');
    await page.getByText(`SHA256:${fingerprint}`).waitFor();
    await screenshot(page, 'repositories-host-key');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'This is the right key' }).click();
    await page.getByText('The place can be used').waitFor();
    await next(page);
    await page.getByRole('textbox', { name: 'Name' }).fill('Server');
    await page.getByRole('button', { name: 'Make the repository' }).click();
    await page.getByText('The repository is ready').waitFor();
    expect((await named('Server'))?.repository.settings.hostKey).toContain(key);
  });

  it.skipIf(requireTool('rclone') === undefined)('says why a REST server refuses, and keeps its password', async () => {
    const flags = ['--user', 'eve', '--pass', 'apple', '--append-only'];
    await using server = await startRclone({ folder: profile.folder.at('served'), flags });
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/repositories/new', ...refused });
    await page.getByLabel('REST server').check();
    await page.getByLabel('Address').fill(server.url);
    await page.getByLabel('User').fill('eve');
    await page.getByLabel('Password', { exact: true }).fill('pear');
    await test(page);
    await page.getByRole('alert').getByText('does not accept the user and password').waitFor();
    await screenshot(page, 'repositories-refused');
    expect(await page.getByRole('alert').textContent()).not.toContain('pear');
    await page.getByLabel('Password', { exact: true }).fill('apple');
    await test(page);
    await next(page);
    await page.getByRole('textbox', { name: 'Name' }).fill('REST');
    await page.getByRole('button', { name: 'Make the repository' }).click();
    await page.getByText('The repository is ready').waitFor();
    expect(await named('REST')).toMatchObject({ credentials: ['password'], repository: { appendOnly: true } });
    await page.getByRole('link', { name: 'Open it' }).click();
    await page.getByText('Stay: the store refuses to remove').waitFor();
    expect(await page.getByRole('button', { name: 'Free space' }).isDisabled()).toBe(true);
  });

  it('says that the secret of an S3 bucket is wrong, and makes a repository with the right one', async () => {
    await using store = await startS3Stub();
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { path: '/repositories/new', ...refused });
    await page.getByLabel('Cloud storage (S3)').check();
    await page.getByLabel('Address').fill(`${store.url}/bucket/laptop`);
    await page.getByLabel('Access key').fill(store.user.accessKeyId);
    await page.getByLabel('Secret key').fill('not-the-secret');
    await test(page);
    await page.getByRole('alert').getByText('the secret of the access key is wrong').waitFor();
    await page.getByLabel('Secret key').fill(store.user.secretAccessKey);
    await test(page);
    await page.getByText('The place can be used').waitFor();
    await next(page);
    await page.getByRole('textbox', { name: 'Name' }).fill('Bucket');
    await page.getByRole('button', { name: 'Make the repository' }).click();
    await page.getByText('The repository is ready').waitFor();
    expect(await named('Bucket')).toMatchObject({ credentials: ['secretAccessKey'] });
    expect([...store.objects.keys()]).toContain('bucket/laptop/config');
  });

  it('shows size and deduplication, checks, frees space, unlocks, renames, moves; in both colours and widths', async () => {
    const source = join(profile.home, 'files');
    makeTree(source, { files: 20, bytes: 400_000, seed: 'files' });
    const place = join(profile.home, 'grown');
    const body = { name: 'Grown', location: place };
    const { repository } = await agent.client.repositories.add({ body, signal: agent.signal });
    const plan = await agent.addPlan({ name: 'Everything', sources: [source], repositories: [repository.id] });
    for (let at = 0; at < 4; at++) {
      mkdirSync(join(source, String(at)));
      writeFileSync(join(source, String(at), 'new.bin'), crypto.getRandomValues(new Uint8Array(60_000)));
      await agent.run(plan.id);
    }
    await agent.idle();
    await using browser = await openBrowser(chromium!);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, viewport] of Object.entries(viewports)) {
        const page = await browser.signIn(agent, { colorScheme, viewport, path: '/repositories' });
        await page.getByText('Everything', { exact: true }).waitFor();
        await screenshot(page, `repositories-${colorScheme}-${width}`);
        expect(await seriousFindings(page)).toEqual([]);
        await page.getByRole('link', { name: 'Grown' }).click();
        await page.getByRole('img', { name: 'Size over time' }).waitFor();
        await page.getByRole('img', { name: 'Deduplication over time' }).waitFor();
        await screenshot(page, `repositories-detail-${colorScheme}-${width}`);
        expect(await seriousFindings(page)).toEqual([]);
      }
    }
    const page = await browser.signIn(agent, { path: `/repositories/${repository.id}`, ...refused });
    await page.getByText('As a table').first().click();
    await expect.poll(() => page.getByRole('row').count()).toBeGreaterThanOrEqual(5);
    await page.getByRole('combobox', { name: 'How thoroughly' }).click();
    await page.getByRole('option', { name: 'Read 100% of the data' }).click();
    await page.getByRole('button', { name: 'Check for damage' }).click();
    const [check] = await agent.ended('check', 1);
    expect(check).toMatchObject({ state: 'done', input: { share: { part: 1, of: 1 } } });
    const lastCheck = page.locator('dl > div').filter({ hasText: 'Last check' });
    await lastCheck.getByText(/just now|ago/).waitFor();
    await page.getByRole('button', { name: 'Free space' }).click();
    await agent.ended('prune', 1);
    await page.getByRole('button', { name: 'Remove stale locks' }).click();
    await page.getByText('0 locks were removed.').waitFor();
    await page.getByRole('button', { name: 'Remove all locks' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove all locks' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await page.getByLabel('Reading, of the data').fill('12');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved.').first().waitFor();
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Vault');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Vault' }).waitFor();
    expect((await named('Vault'))?.repository.upkeep.readDataPercent).toBe(12);

    renameSync(place, `${place}-moved`);
    await page.getByRole('button', { name: 'It lies elsewhere now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Folder' }).fill(`${place}-moved`);
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await named('Vault'))?.repository.location).toBe(`${place}-moved`);
    expect(existsSync(place)).toBe(false);

    await page.getByRole('button', { name: 'Set its password' }).click();
    await page.getByRole('dialog').getByLabel('Its password').fill('wrong');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Wrong password').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('Vault');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page
      .getByRole('dialog')
      .getByText(/Everything.*back up to.*Vault/)
      .waitFor();
    expect(await named('Vault')).toBeDefined();

    const german = await browser.signIn(agent, { locale: 'de-DE', path: `/repositories/${repository.id}` });
    await german.getByRole('img', { name: 'Deduplizierung im Lauf der Zeit' }).waitFor();
    await screenshot(german, 'repositories-detail-german');
  });
});
