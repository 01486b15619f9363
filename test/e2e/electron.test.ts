/** The real shell in the real Electron, driven by Playwright, where its program is found (by path) and may open a window. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { findElectron, noWindowHere } from '../../build/setup/desktop.mjs';
import type { ShellApi } from '../../src/control/shell.ts';
import { agentProfile } from '../support/agent.ts';
import { buildDesktop } from '../support/built-desktop.ts';

const top = join(import.meta.dirname, '../..');
const program = findElectron();
const { platform, env: environment } = process;
const here = noWindowHere({ platform, environment, uid: process.getuid?.() });
const why = program === undefined ? "Electron's program is not installed" : here;

describe.skipIf(why !== undefined)(`the window in Electron${why === undefined ? '' : ` (not tested: ${why})`}`, () => {
  it('shows the page of its own scheme, in its sandbox, with an agent of its own', async () => {
    await buildDesktop();
    await using profile = await agentProfile();
    const display = Object.fromEntries(
      ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'].flatMap((name) =>
        environment[name] === undefined ? [] : [[name, environment[name]]],
      ),
    );
    const shell = await _electron.launch({
      args: [top],
      env: { ...profile.env, ...display },
      ...(program === undefined ? {} : { executablePath: program }),
    });
    try {
      const page = await shell.firstWindow();
      expect(page.url()).toBe('app://holdfast/');
      await page.locator('main').waitFor();

      const inPage = await page.evaluate(async () => {
        const { holdfast } = globalThis as { holdfast?: ShellApi };
        const status = await fetch('/api/status');
        return {
          node: [typeof globalThis.process, typeof (globalThis as { require?: unknown }).require],
          settings: await holdfast?.settings(),
          status: status.status,
          other: await fetch('https://example.com/').then(
            () => 'answered',
            () => 'refused',
          ),
        };
      });
      expect(inPage).toEqual({
        node: ['undefined', 'undefined'],
        settings: { startAtLogin: false, notifications: 'all', updates: false },
        status: 200,
        other: 'refused',
      });
      expect(existsSync(join(profile.state, 'agent.json'))).toBe(true);

      await page.evaluate("open('https://example.com/')");
      expect(shell.windows()).toHaveLength(1);
    } finally {
      const process = shell.process();
      await shell.evaluate(({ app }) => app.quit()).catch(() => undefined);
      if (process.exitCode === null) await new Promise((resolve) => process.once('exit', resolve));
    }
    expect(existsSync(join(profile.state, 'agent.json'))).toBe(false);
  });
});
