import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newAgentToken, readAgentFile, removeAgentFile, writeAgentFile } from '../../../src/platform/agent-file.ts';
import { processIdentity } from '../../../src/platform/process-identity.ts';
import { runOk } from '../../support/run-process.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';

const unix = process.platform !== 'win32';
const token = newAgentToken();
const agent = { port: 4321, token, startedAt: '2026-03-01T12:00:00.000Z', version: '1.2.3' };

/** Changes fields of the written file. */
function edit(folder: TemporaryFolder, fields: Record<string, unknown>): void {
  const path = folder.at('agent.json');
  const before: unknown = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(Object.assign({}, before, fields)));
}

describe('agent file', () => {
  it('says where this agent listens', async () => {
    await using folder = await temporaryFolder();
    expect(readAgentFile(folder.path)).toEqual({ state: 'none' });
    writeAgentFile(folder.path, agent);
    writeAgentFile(folder.path, agent);
    const expected = { ...agent, pid: process.pid };
    expect(readAgentFile(folder.path)).toMatchObject({ state: 'running', agent: expected });
    expect(readdirSync(folder.path)).toEqual(['agent.json']);
    removeAgentFile(folder.path);
    removeAgentFile(folder.path);
    expect(readAgentFile(folder.path)).toEqual({ state: 'none' });
  });

  it('has a token of 32 random bytes', () => {
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(newAgentToken()).not.toBe(token);
  });

  it.skipIf(!unix)('is private, in a folder that it closes', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at('profile'), { mode: 0o755 });
    writeAgentFile(folder.at('profile'), agent);
    expect(lstatSync(folder.at('profile/agent.json')).mode & 0o777).toBe(0o600);
    expect(lstatSync(folder.at('profile')).mode & 0o777).toBe(0o700);
  });

  it.skipIf(!unix).each([0o640, 0o604])('is refused when others can read it (%i), without its token', async (mode) => {
    await using folder = await temporaryFolder();
    writeAgentFile(folder.path, agent);
    chmodSync(folder.at('agent.json'), mode);
    expect(() => readAgentFile(folder.path)).toThrow(expect.objectContaining({ code: 'permission' }));
    expect(() => readAgentFile(folder.path)).not.toThrow(token);
  });

  it.skipIf(!unix)('follows no link, neither reading nor writing', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('target'), 'kept', { mode: 0o600 });
    symlinkSync('target', folder.at('agent.json'));
    expect(() => readAgentFile(folder.path)).toThrow(expect.objectContaining({ name: 'HoldfastError' }));
    writeAgentFile(folder.path, agent);
    expect(readFileSync(folder.at('target'), 'utf8')).toBe('kept');
    expect(readAgentFile(folder.path).state).toBe('running');
  });

  it('is stale when its process is gone', async () => {
    await using folder = await temporaryFolder();
    writeAgentFile(folder.path, agent);
    const { stdout } = await runOk(process.execPath, ['-p', 'process.pid']);
    edit(folder, { pid: Number(stdout) });
    expect(readAgentFile(folder.path)).toMatchObject({ state: 'stale', agent: { port: 4321 } });
  });

  it.skipIf(process.platform !== 'linux')('is stale when its number is another process’s now', async () => {
    await using folder = await temporaryFolder();
    writeAgentFile(folder.path, agent);
    edit(folder, { pid: process.ppid });
    expect(readAgentFile(folder.path).state).toBe('stale');
    edit(folder, { pid: process.pid, identity: 'an-earlier-boot/123' });
    expect(readAgentFile(folder.path).state).toBe('stale');
    edit(folder, { identity: processIdentity(process.pid) });
    expect(readAgentFile(folder.path).state).toBe('running');
  });

  it.each(['', '{', '[]', '{"port":0}', '{"port":1,"pid":-1,"token":"x"}', '\0\0\0'])(
    'takes %j for none',
    async (text) => {
      await using folder = await temporaryFolder();
      writeFileSync(folder.at('agent.json'), text, { mode: 0o600 });
      expect(readAgentFile(folder.path)).toEqual({ state: 'none' });
    },
  );
});
