/** What all screens share: navigation, keys, the skip link, and no serious finding of axe on any of them. */
import { gzipSync } from 'node:zlib';
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

  it('goes from screen to screen, by click and by keys; the focus goes along', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent);
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    for (const name of ['Plans', 'Restore', 'Jobs', 'Repositories', 'Remotes', 'Settings']) {
      await page.getByRole('link', { name }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await expect.poll(() => page.title()).toBe(`${name} – Holdfast`);
    }
    await page.getByRole('link', { name: 'Repositories' }).click();
    await page.getByRole('link', { name: 'This computer' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'This computer' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
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

  it('says so when the agent is gone, and how to sign in when it is back', async () => {
    await using other = await agentProfile();
    const first = await other.start();
    const { port } = first;
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(first, { mayLoseAgent: true });
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    await first.end('SIGKILL');
    await page.getByText('The connection to the Holdfast agent was lost.').waitFor();
    await screenshot(page, 'agent-gone');
    // Its sessions ended with it.
    await other.start({ port });
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    await screenshot(page, 'signed-out');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Load the page again' }).click();
    await page.getByText('Open Holdfast with "holdfast open".').waitFor();
  });

  it('connects by itself when it can, and shows what happened meanwhile', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent, { mayLoseAgent: true });
    await page.getByRole('heading', { name: 'Nothing is backed up yet' }).waitFor();
    await page.route('**/api/events', (route) => route.abort());
    await page.reload();
    await page.getByText('The connection to the Holdfast agent was lost.').waitFor();
    await page.getByRole('heading', { name: 'Nothing is backed up yet' }).waitFor();
    await agent.addPlan({ name: 'Meanwhile', sources: [profile.home] });
    await page.unroute('**/api/events');
    await page.getByRole('article', { name: 'Meanwhile' }).waitFor();
    await page.getByText('The connection to the Holdfast agent was lost.').waitFor({ state: 'detached' });
  });

  it('loads less than 500 kB, compressed, until the first view is there', async () => {
    await using browser = await openBrowser(chromium!);
    const page = await browser.signIn(agent);
    await page.goto('about:blank');
    const sizes: Promise<number>[] = [];
    page.on('response', (response) => {
      if (new URL(response.url()).pathname.startsWith('/api/')) return;
      sizes.push(response.body().then((body) => gzipSync(body).length));
    });
    await page.goto(`http://127.0.0.1:${agent.port}/`);
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    const paintMs = Number(await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0]?.startTime'));
    if (process.env.HOLDFAST_SCREENSHOTS !== undefined)
      console.log(`first view: ${bytes} bytes, painted after ${paintMs} ms`);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(500_000);
  });
});
