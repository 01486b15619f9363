/** Two npm packages that people drive Pterodactyl with, as they are, against `holdfast server`. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { BackupManager, PteroAPIError, PteroClient } from '@devnote-dev/pterojs';
import { NodeactylClient } from 'nodeactyl';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';

const id = '1a2b3c4d';
const scopes = [
  { id: 'games', dialect: 'panel', uuid: `${id}-1111-4111-8111-111111111111`, folders: ['games'] },
  { id: 'few', dialect: 'panel', uuid: `${'5'.repeat(8)}-1111-4111-8111-111111111111`, limits: { backups: 0 } },
];

let server: TestServer;
let admin: string;
const level = () => server.folder.at('games', 'level.dat');

beforeAll(async () => {
  server = await startTestServer({ scopes });
  writeFileSync(level(), 'level one '.repeat(1000));
  writeFileSync(server.folder.at('games', 'server.log'), 'a log');
  admin = await server.token('admin');
});

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

async function archiveOf(url: string, checksum: string): Promise<string> {
  const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  expect(checksum).toBe(`sha1:${createHash('sha1').update(bytes).digest('hex')}`);
  expect((await fetch(url)).status).toBe(403);
  return gunzipSync(bytes).toString('latin1');
}

const thrown = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('@devnote-dev/pterojs', { timeout: 60_000 }, () => {
  const manager = (token = admin, serverId = id) => new BackupManager(new PteroClient(server.url, token), serverId);

  it('creates a backup, and fetches it alone and in the list', async () => {
    const backups = manager();
    const created = await backups.create({ name: 'by pterojs', ignored: '*.log', isLocked: true });
    expect(created).toMatchObject({ name: 'by pterojs', successful: false, locked: true, completedAt: null });
    await server.ended(created.uuid);
    const found = await backups.fetch(created.uuid, { force: true });
    expect(found).toMatchObject({ successful: true, ignoredFiles: ['*.log'], createdAt: created.createdAt });
    expect(found.completedAt).toBeInstanceOf(Date);
    const listed = await backups.fetch({ page: 1, perPage: 100 });
    expect(listed.get(created.uuid)).toMatchObject({ checksum: found.checksum, bytes: found.bytes });
    expect(await backups.create()).toMatchObject({ name: expect.stringMatching(/^Backup at /) });
  });

  it('toggles the lock', async () => {
    const backups = manager();
    const { uuid } = await backups.create();
    expect((await backups.toggleLock(uuid)).locked).toBe(true);
    expect((await backups.toggleLock(uuid)).locked).toBe(false);
  });

  it('gets the URL of a download', async () => {
    const backups = manager();
    const { uuid } = await backups.create({ ignored: '*.log' });
    await server.ended(uuid);
    const { checksum } = await backups.fetch(uuid, { force: true });
    const tar = await archiveOf(await backups.getDownloadURL(uuid), String(checksum));
    expect(tar).toContain('level one level one');
    expect(tar).not.toContain('a log');
  });

  it('restores', async () => {
    const backups = manager();
    const { uuid } = await backups.create();
    await server.ended(uuid);
    writeFileSync(level(), 'broken');
    writeFileSync(server.folder.at('games', 'new.txt'), 'new');
    await backups.restore(uuid);
    await server.until(() => (server.catalog.restores.lastOf(uuid)?.state === 'done' ? true : undefined));
    expect(readFileSync(level(), 'utf8')).toBe('level one '.repeat(1000));
    expect(existsSync(server.folder.at('games', 'new.txt'))).toBe(true);
  });

  it('deletes', async () => {
    const backups = manager();
    const { uuid } = await backups.create();
    await server.ended(uuid);
    await backups.delete(uuid);
    expect(await thrown(backups.fetch(uuid, { force: true }))).toMatchObject({
      codes: ['NotFoundHttpException'],
    });
  });

  it('reads our errors as those of the panel', async () => {
    const refused = await thrown(manager(admin, '55555555').create());
    expect(refused).toBeInstanceOf(PteroAPIError);
    expect(refused).toMatchObject({
      codes: ['TooManyBackupsException'],
      message: expect.stringContaining('400: Cannot create'),
    });
    // What is not served of the panel.
    expect(await thrown(new PteroClient(server.url, admin).connect())).toMatchObject({
      codes: ['NotFoundHttpException'],
    });
    expect(await thrown(manager('wrong').fetch())).toMatchObject({ codes: ['AuthenticationException'] });
    expect(await thrown(manager(await server.token('member')).create())).toMatchObject({
      codes: ['AccessDeniedHttpException'],
    });
  });
});

describe('nodeactyl', { timeout: 60_000 }, () => {
  const client = (token = admin) => new NodeactylClient(server.url, token);

  it('creates a backup, tells of it, and lists it', async () => {
    const created = await client().createServerBackup(id);
    expect(created).toMatchObject({ is_successful: false, completed_at: null });
    await server.ended(created.uuid);
    const found = await client().getBackupDetails(id, created.uuid);
    expect(found).toMatchObject({ uuid: created.uuid, is_successful: true, name: created.name });
    const listed = await client().listServerBackups(id);
    expect(listed.map(({ attributes }) => attributes)).toContainEqual(found);
  });

  it('gets a download', async () => {
    const { uuid } = await client().createServerBackup(id);
    await server.ended(uuid);
    const { checksum } = await client().getBackupDetails(id, uuid);
    const { url } = await client().getBackupDownload(id, uuid);
    expect(await archiveOf(url, String(checksum))).toContain('level one level one');
  });

  it('deletes a backup', async () => {
    const { uuid } = await client().createServerBackup(id);
    await server.ended(uuid);
    expect(await client().deleteBackup(id, uuid)).toBe(true);
    expect(await thrown(client().getBackupDetails(id, uuid))).toBe(404);
  });

  it('reads our statuses', async () => {
    expect(await thrown(client('wrong').listServerBackups(id))).toBe(401);
    expect(await thrown(client(await server.token('public')).createServerBackup(id))).toBe(403);
  });
});
