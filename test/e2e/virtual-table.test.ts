/** The table of all long lists, by itself, with 100,000 rows: by keys, and how smoothly it scrolls. */
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { chromium as launcher, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { themeStyleSheet } from '../../build/window/theme-style-sheet.mjs';
import { seriousFindings } from '../support/browser.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

const chromium = requireTool('chromium');
const address = 'http://table.test/';

describe.skipIf(chromium === undefined)('a table of 100,000 rows', () => {
  let folder: TemporaryFolder;

  beforeAll(async () => {
    folder = await temporaryFolder();
    // React's own speed, not that of its development.
    vi.stubEnv('NODE_ENV', 'production');
    await build({
      configFile: false,
      root: join(import.meta.dirname, 'pages/table'),
      plugins: [react(), themeStyleSheet()],
      logLevel: 'warn',
      build: { outDir: folder.path, emptyOutDir: true, chunkSizeWarningLimit: 2000 },
    });
    vi.unstubAllEnvs();
  });
  afterAll(() => folder?.[Symbol.asyncDispose]());

  async function withTable(work: (page: Page) => Promise<void>): Promise<void> {
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const browser = await launcher.launch({ executablePath: chromium!, args });
    try {
      const page = await browser.newPage({ viewport: { width: 1100, height: 760 } });
      page.setDefaultTimeout(20_000);
      await page.route(`${address}**`, (route) => {
        const { pathname } = new URL(route.request().url());
        return route.fulfill({ path: join(folder.path, pathname === '/' ? 'index.html' : pathname) });
      });
      await page.goto(address);
      await page.getByRole('row').nth(5).waitFor();
      await work(page);
    } finally {
      await browser.close();
    }
  }

  it('holds only the rows in sight, tells of them, and how many there are', async () => {
    await withTable(async (page) => {
      const table = page.getByRole('table', { name: 'Files' });
      expect(await table.getAttribute('aria-rowcount')).toBe('100001');
      expect(await page.getByRole('row').count()).toBeLessThan(60);
      await page.getByText('In sight: 0 to 13').waitFor();
      expect(await seriousFindings(page)).toEqual([]);
    });
  });

  it('is walked and opened by keys', async () => {
    await withTable(async (page) => {
      await page.getByRole('row', { name: 'file 0' }).focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.getByText('Opened: file 2').waitFor();
      await page.keyboard.press('End');
      await page.locator('[data-index="99999"]:focus').waitFor();
      await page.keyboard.press('ArrowUp');
      await page.locator('[data-index="99998"]:focus').waitFor();
      await page.keyboard.press('Enter');
      await page.getByText('Opened: file 99998').waitFor();
      await page.keyboard.press('Home');
      await page.locator('[data-index="0"]:focus').waitFor();
      await page.keyboard.press('PageDown');
      await page.locator('[data-index="12"]:focus').waitFor();
    });
  });

  it('scrolls from one end to the other without a long frame', async () => {
    await withTable(async (page) => {
      const longestMs = Number(
        await page.evaluate(`new Promise((resolve) => {
          const scroller = document.querySelector('[role=rowgroup]');
          const step = scroller.scrollHeight / 240;
          let longest = 0;
          let before;
          const frame = (now) => {
            if (before !== undefined) longest = Math.max(longest, now - before);
            before = now;
            scroller.scrollTop += step;
            if (scroller.scrollTop + scroller.clientHeight + 1 < scroller.scrollHeight) requestAnimationFrame(frame);
            else resolve(longest);
          };
          requestAnimationFrame(frame);
        })`),
      );
      if (process.env.HOLDFAST_SCREENSHOTS !== undefined) console.log(`longest frame: ${longestMs.toFixed(1)} ms`);
      // Idle machines need a tenth of it; this one may be busy.
      expect(longestMs).toBeLessThan(500);
    });
  });
});
