/** `npm start` without arguments where there can be no window: it says so in one line, and the agent runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type AgentProfile, agentProfile } from '../support/agent.ts';
import { buildDesktop } from '../support/built-desktop.ts';

const setup = join(import.meta.dirname, '../../build/setup.mjs');

/** Until the agent listens; then it is ended. What it said, line by line, and its exit code. */
async function start({ env }: AgentProfile, more: Record<string, string>) {
  const child = spawn(process.execPath, [setup, 'start'], {
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const ready = Promise.withResolvers<void>();
  const hear = (text: string): void => {
    said += text;
    if (said.includes('/login?code=')) ready.resolve();
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  const exit = once(child, 'close');
  await Promise.race([ready.promise, exit.then(() => Promise.reject(new Error(said)))]);
  const end = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exit;
  };
  return { lines: said.split('\n'), end };
}

describe('npm start', () => {
  it('without a display says so and prints the address', async () => {
    await buildDesktop();
    await using profile = await agentProfile();
    const { lines, end } = await start(profile, {});
    expect(lines[0]).toBe('No window: there is no display. The agent runs without one.');
    expect(lines.some((line) => /^http:\/\/127\.0\.0\.1:\d+\/login\?code=\S+$/.test(line))).toBe(true);
    await end();
    expect(existsSync(join(profile.state, 'agent.json'))).toBe(false);
  });

  it.skipIf(process.getuid?.() !== 0)('with a display, but as root, says so and opens the browser', async () => {
    await buildDesktop();
    await using profile = await agentProfile();
    const browser = profile.folder.at('bin', 'xdg-open');
    writeFileSync(browser, `#!/bin/sh\nprintf '%s' "$1" > '${profile.folder.at('opened')}'\n`);
    chmodSync(browser, 0o755);
    const PATH = `${profile.folder.at('bin')}:${profile.env.PATH}`;
    const { lines, end } = await start(profile, { DISPLAY: ':99', PATH });
    expect(lines[0]).toBe('No window: it is not opened as root. The agent runs without one.');
    const address = lines.find((line) => line.startsWith('http'));
    await vi.waitFor(() => expect(readFileSync(profile.folder.at('opened'), 'utf8')).toBe(address), 20_000);
    await end();
  });
});
