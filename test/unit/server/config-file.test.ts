import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ServerConfigFile } from '../../../src/server/config/config-file.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const panel = { id: 'minecraft', name: 'Minecraft', dialect: 'panel', folders: ['/srv/minecraft'] };

async function rig(content?: unknown) {
  const folder = await temporaryFolder();
  const path = folder.at('server.json');
  const clock = new FakeClock();
  const told: string[] = [];
  if (content !== undefined) writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  const open = () => ServerConfigFile.open(path, clock, (error) => told.push((error as Error).message));
  return { path, clock, told, open, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe('ServerConfigFile', () => {
  it('makes one where there is none', async () => {
    await using r = await rig();
    const file = await r.open();
    expect(file.last).toMatchObject({ version: 1, listen: { host: '127.0.0.1', port: 8484 }, scopes: [] });
    expect(JSON.parse(readFileSync(r.path, 'utf8'))).toEqual(file.last);
  });

  it('keeps the id that it made up for a scope', async () => {
    await using r = await rig({ version: 1, scopes: [panel] });
    const uuidOf = async () => (await r.open()).last.scopes.map((scope) => (scope as { uuid: string }).uuid);
    const [uuid] = await uuidOf();
    expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(await uuidOf()).toEqual([uuid]);
  });

  it('takes up an edit, a second later at most, and goes on with the last good one where it is not valid', async () => {
    await using r = await rig({ version: 1 });
    const file = await r.open();
    await r.clock.advance(2000);
    writeFileSync(r.path, JSON.stringify({ version: 1, scopes: [panel] }));
    expect((await file.current()).scopes).toHaveLength(1);
    await r.clock.advance(2000);
    writeFileSync(
      r.path,
      JSON.stringify({ version: 1, scopes: [{ ...panel, folders: ['relative'] }], linkMinutes: 0 }),
    );
    expect((await file.current()).scopes).toHaveLength(1);
    expect(r.told.join()).toMatch(/scopes\.0\.folders\.0: .*absolute path.*linkMinutes|linkMinutes.*absolute path/);
    await r.clock.advance(2000);
    await file.current();
    expect(r.told).toHaveLength(1);
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    ['an unknown field', { version: 1, port: 80 }, /port/],
    [
      'databases where only folders are backed up',
      { version: 1, scopes: [{ ...panel, databases: [{ engine: 'mysql', host: 'db' }] }] },
      /scopes\.0\.databases.*folders only/,
    ],
    ['two scopes of one id', { version: 1, scopes: [panel, panel] }, /two scopes of panel are called "minecraft"/],
  ])('refuses %s at the start, naming it', async (_, content, message) => {
    await using r = await rig(content);
    await expect(r.open()).rejects.toThrow(message);
  });

  it('leaves the file as it is where an edit is not valid', async () => {
    await using r = await rig({ version: 1, scopes: [panel] });
    const file = await r.open();
    const before = readFileSync(r.path, 'utf8');
    await expect(file.edit((config) => ({ ...config, parallelJobs: 0 }))).rejects.toMatchObject({
      code: 'invalid-input',
    });
    expect(readFileSync(r.path, 'utf8')).toBe(before);
  });
});
