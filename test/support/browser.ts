/**
 * The window in a real browser, for tests: Debian's Chromium, signed in to a real agent.
 *
 *     await using browser = await openBrowser(chromium);
 *     const page = await browser.signIn(agent, { colorScheme: 'dark' });
 *     await page.getByRole('heading', { name: 'Home' }).waitFor();
 *     expect(await seriousFindings(page)).toEqual([]);
 *
 * A page that breaks the content security policy, throws, or logs an error fails the test at the end (`browser` is disposed).
 * Screenshots go to the folder that HOLDFAST_SCREENSHOTS names, or nowhere.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { RunningAgent } from './agent.ts';

/** The widths that every view is looked at: a small window, and a phone. Pixels. */
export const viewports = { window: { width: 1100, height: 760 }, phone: { width: 390, height: 844 } } as const;

interface SignInOptions extends Pick<BrowserContextOptions, 'colorScheme' | 'locale' | 'viewport' | 'timezoneId'> {
  /** Where to go; "/" unless given. */
  readonly path?: string;
  /** A script that the page finds done: what a desktop shell gives it. */
  readonly prepared?: string;
  /** The page loses its agent on purpose: failed requests are no faults. */
  readonly mayLoseAgent?: boolean;
}

interface TestBrowser extends AsyncDisposable {
  /** A page of its own, with a login of its own. */
  signIn(agent: RunningAgent, options?: SignInOptions): Promise<Page>;
}

/** @param executable the path of Chromium (requireTool) */
export async function openBrowser(executable: string): Promise<TestBrowser> {
  const browser = await chromium.launch({
    executablePath: executable,
    // Chromium's own sandbox does not work for root, which tests in containers usually are.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  const faults: string[] = [];
  return {
    signIn: (agent, options = {}) => signIn(browser, agent, options, faults),
    [Symbol.asyncDispose]: async () => {
      // What a failed test saw last.
      const pages = browser.contexts().flatMap((context) => context.pages());
      for (const [at, page] of pages.entries()) await screenshot(page, `last-${at}`).catch(() => undefined);
      await browser.close();
      if (faults.length > 0) throw new Error(`The page had faults:\n${faults.join('\n')}`);
    },
  };
}

async function signIn(browser: Browser, agent: RunningAgent, options: SignInOptions, faults: string[]): Promise<Page> {
  const { path = '/', mayLoseAgent = false, prepared, ...look } = options;
  const context = await browser.newContext({
    viewport: viewports.window,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...look,
  });
  if (prepared !== undefined) await context.addInitScript(prepared);
  const page = await context.newPage();
  // A busy machine takes its time; what never comes is told of within the time of a test.
  page.setDefaultTimeout(45_000);
  page.on('pageerror', (error) => faults.push(`thrown: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const lost = mayLoseAgent && message.text().includes('Failed to load resource');
    if (message.type() === 'error' && !lost) faults.push(`logged: ${message.text()} (${message.location().url})`);
  });
  const { path: login } = await agent.client.agent.login({ signal: agent.signal });
  const origin = `http://127.0.0.1:${agent.port}`;
  await page.goto(`${origin}${login}`);
  if (path !== '/') await page.goto(`${origin}${path}`);
  return page;
}

/** Saves what the page shows, to be looked at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.HOLDFAST_SCREENSHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, caret: 'initial' });
}

/** What axe finds that is serious or critical, a line each; empty when all is well. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  // The page has axe by now, which the types of this side do not know.
  const { violations } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact?: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}
