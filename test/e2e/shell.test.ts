/** What all screens share: navigation, keys, the skip link, and no serious finding of axe on any of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../support/agent.ts';
import { openBrowser, screenshot, seriousFindings, viewports } from '../support/browser.ts';
import { requireTool } from '../support/tools.ts';

const chromium = requireTool('chromium');

describe.skipIf(chromium === undefined)('the shell', () => {
  let profile: AgentProfile;
  let agent: RunningAgent;

  beforeAll(async () => {
    profile = await agentProfile();
    agent = await profile.start();
  });
  afterAll(() => profile?.[Symbol.asyncDispose]());

  it('goes from screen to screen, by click and by keys', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent);
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    for (const name of ['Plans', 'Restore', 'Jobs', 'Repositories', 'Remotes', 'Settings']) {
      await page.getByRole('link', { name }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await expect.poll(() => page.title()).toBe(`${name} – Holdfast`);
    }
    await page.keyboard.press('Alt+Shift+Digit4');
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    await page.keyboard.press('Control+/');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await screenshot(page, 'shortcuts');
  });

  it.each(['light', 'dark'] as const)(
    'has no serious finding of axe on any screen, %s, in a window and on a phone',
    async (colorScheme) => {
      await using browser = await openBrowser(chromium!);
      for (const [width, viewport] of Object.entries(viewports)) {
        const page = await browser.signIn(agent, { colorScheme, viewport });
        for (const screen of ['', 'plans', 'restore', 'jobs', 'repositories', 'remotes', 'settings', 'start']) {
          await page.goto(`http://127.0.0.1:${agent.port}/${screen}`);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await screenshot(page, `${screen || 'home'}-empty-${colorScheme}-${width}`);
          expect(await seriousFindings(page)).toEqual([]);
        }
      }
    },
  );

  it('says what to do when the login has ended, and when the agent is gone', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { mayLoseAgent: true });
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    await page.context().clearCookies();
    await page.reload();
    await page.getByText('holdfast open').waitFor();
  });
});
