/** Existing clients of the panel's API, as they come from npm, against ours. */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { BackupManager, PteroClient } from '@devnote-dev/pterojs';
import nodeactyl from 'nodeactyl';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';

const uuid = '1a2b3c4d-0000-4000-8000-000000000001';

let server: TestServer;
let key: string;

beforeAll(async () => {
  server = await startTestServer({ scopes: [{ id: 'games', dialect: 'panel', uuid, folders: ['games'] }] });
  writeFileSync(server.folder.at('games', 'level.dat'), 'the level');
  key = await server.token('admin');
});

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const level = () => server.folder.at('games', 'level.dat');

async function content(url: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return gunzipSync(Buffer.from(await response.arrayBuffer())).toString('latin1');
}

async function restoreEnded(): Promise<void> {
  await server.until(() => (server.catalog.restores.openOf('games').length === 0 ? true : undefined));
}

describe('@devnote-dev/pterojs', { timeout: 60_000 }, () => {
  it('creates, fetches, locks, downloads, restores and deletes', async () => {
    const backups = new BackupManager(new PteroClient(server.url, key), uuid.slice(0, 8));
    const created = await backups.create({ name: 'by pterojs', ignored: '*.log' });
    expect(created).toMatchObject({ name: 'by pterojs', locked: false, successful: false });
    await server.ended(created.uuid);
    expect((await backups.fetch()).get(created.uuid)).toMatchObject({ name: 'by pterojs', successful: true });
    expect(await backups.fetch(created.uuid, { force: true })).toMatchObject({
      uuid: created.uuid,
      ignoredFiles: ['*.log'],
    });
    expect((await backups.toggleLock(created.uuid)).locked).toBe(true);
    await expect(backups.delete(created.uuid)).rejects.toThrow(/locked/);
    expect((await backups.toggleLock(created.uuid)).locked).toBe(false);
    expect(await content(await backups.getDownloadURL(created.uuid))).toContain('the level');
    rmSync(level());
    await backups.restore(created.uuid);
    await restoreEnded();
    expect(readFileSync(level(), 'utf8')).toBe('the level');
    await backups.delete(created.uuid);
    expect(server.catalog.backups.get(created.uuid)).toBeUndefined();
  });

  it('tells what we say of a wrong key', async () => {
    const backups = new BackupManager(new PteroClient(server.url, 'wrong'), uuid);
    await expect(backups.fetch()).rejects.toThrow(/Unauthenticated|AuthenticationException/);
  });
});

describe('nodeactyl', { timeout: 60_000 }, () => {
  it('lists, creates, shows, downloads and deletes', async () => {
    const client = new nodeactyl.NodeactylClient(server.url, key);
    expect(existsSync(level())).toBe(true);
    const created = await client.createServerBackup(uuid);
    const id = created.attributes?.uuid ?? created.uuid!;
    await server.ended(id);
    expect(JSON.stringify(await client.listServerBackups(uuid))).toContain(id);
    expect(JSON.stringify(await client.getBackupDetails(uuid, id))).toMatch(/Backup at \d/);
    const [url] = /http:[^"]+/.exec(JSON.stringify(await client.getBackupDownload(uuid, id))) ?? [];
    expect(await content(url!)).toContain('the level');
    await client.deleteBackup(uuid, id);
    expect(server.catalog.backups.get(id)).toBeUndefined();
  });
});
