/** An update from beginning to end by electron-updater itself, as an AppImage: found, fetched, offered, put in place, started. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { agentProfile } from '../support/agent.ts';
import { buildDesktop } from '../support/built-desktop.ts';
import { DesktopShell } from '../support/desktop-shell.ts';

const main = join(import.meta.dirname, '../../dist/electron/main.js');
const settings = 'app://holdfast/settings';

beforeAll(buildDesktop);

/** A web folder with a new version, and what was asked of it. */
async function updateServer(program: string) {
  const sha512 = createHash('sha512').update(program).digest('base64');
  const name = 'holdfast-9.9.9.AppImage';
  const file = { url: name, sha512, size: program.length };
  const info = { version: '9.9.9', files: [file], path: name, sha512, releaseDate: '2026-03-03T12:00:00.000Z' };
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    const path = url.split('?')[0] ?? '';
    asked.push(path);
    if (path === '/latest-linux.yml' || path === '/latest-linux-arm64.yml') response.end(JSON.stringify(info));
    else if (path === `/${name}`) response.end(program);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.skipIf(process.platform !== 'linux')('an update', () => {
  it('happens only when the user wants it, and replaces the program when he says so', async () => {
    await using profile = await agentProfile();
    const { folder } = profile;
    const started = folder.at('started');
    const newProgram = `#!/bin/sh\necho new > '${started}'\n`;
    const program = folder.at('Holdfast.AppImage');
    writeFileSync(program, '#!/bin/sh\necho old\n', { mode: 0o755 });
    await using server = await updateServer(newProgram);
    const feed = { provider: 'generic', url: server.url, updaterCacheDirName: 'holdfast-updater' };
    writeFileSync(folder.at('resources', 'app-update.yml'), JSON.stringify(feed));
    await using shell = new DesktopShell(main, profile, {
      APPIMAGE: program,
      FAKE_ELECTRON_RESOURCES: folder.at('resources'),
    });
    await shell.until('icon', (icon) => String(icon).includes('idle'));
    expect(server.asked).toEqual([]);

    const change = (updates: boolean) =>
      shell.play({ do: 'ask', channel: 'shell:change-settings', url: settings, args: [{ updates }] });
    const entry = 'Restart to update to 9.9.9';
    // A step each time something changes: found, fetched, offered.
    await vi.waitFor(async () => {
      await change(true);
      expect((shell.called('menu').at(-1) as string[]).includes(entry)).toBe(true);
    }, 30_000);
    expect(server.asked.filter((path) => path.endsWith('.yml'))).toHaveLength(1);
    expect(readFileSync(program, 'utf8')).toContain('old');

    await shell.play({ do: 'menu', path: [entry] });
    expect(await shell.exit).toEqual([0, null]);
    await vi.waitFor(() => expect(readFileSync(started, 'utf8')).toBe('new\n'), 20_000);
    expect(existsSync(join(profile.state, 'agent.json'))).toBe(false);
  });
});
