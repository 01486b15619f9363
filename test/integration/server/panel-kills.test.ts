/** A server of panel that is killed in the middle of a backup and of a restore, again and again: what it answered stays true. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Secrets } from '../../../src/platform/secrets.ts';
import { Restic } from '../../support/restic.ts';
import { type ServerHome, type ServerProcess, serverHome } from '../../support/server-process.ts';

const uuid = '1a2b3c4d-1111-4111-8111-111111111111';
const file = 2_000_000;
const waitMs = 60_000;

interface Backup {
  readonly uuid: string;
  readonly is_successful: boolean;
  readonly checksum: string | null;
  readonly completed_at: string | null;
}

/** A panel of one server, whose folder has this many files of 2 MB. */
async function panelHome(files: number) {
  const home = await serverHome();
  const folder = home.folder.at('games');
  const repository = home.folder.at('home', '.local', 'share', 'holdfast', 'server', 'repositories', 'games');
  mkdirSync(folder);
  for (let n = 0; n < files; n++) writeFileSync(`${folder}/${n}`, randomBytes(file));
  const scope = { id: 'games', name: 'games', dialect: 'panel', uuid, folders: [folder] };
  writeFileSync(home.config, JSON.stringify({ version: 1, listen: { port: 0 }, scopes: [scope] }));
  return {
    home,
    folder,
    repository,
    async restic(): Promise<Restic> {
      const secrets = new Secrets({
        folder: home.folder.at('home', '.config', 'holdfast', 'server-secrets'),
        keychain: async () => undefined,
      });
      const password = await secrets.readSecret('server-games-repository', AbortSignal.timeout(waitMs));
      return new Restic({ repository, password: password!, home: home.folder.path });
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/** Asks one running server, after another with the same token. */
class Panel {
  readonly #home: ServerHome;
  process!: ServerProcess;
  #token = '';

  constructor(home: ServerHome) {
    this.#home = home;
  }

  async start(): Promise<void> {
    this.process = await this.#home.start();
    this.#token = this.process.firstToken ?? this.#token;
  }

  async kill(): Promise<void> {
    expect(await this.process.end('SIGKILL')).toBe('SIGKILL');
  }

  ask(method: string, path = '', body?: unknown): Promise<Response> {
    return fetch(`${this.process.url}/api/client/servers/1a2b3c4d/backups${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async backup(method: string, path?: string): Promise<Backup> {
    const response = await this.ask(method, path);
    expect(response.status).toBe(200);
    return ((await response.json()) as { attributes: Backup }).attributes;
  }

  async ended(id: string): Promise<Backup> {
    return until(async () => {
      const backup = await this.backup('GET', `/${id}`);
      return backup.completed_at === null ? undefined : backup;
    });
  }

  async archive(id: string): Promise<string> {
    const response = await this.ask('GET', `/${id}/download`);
    const { attributes } = (await response.json()) as { attributes: { url: string } };
    const bytes = Buffer.from(await (await fetch(attributes.url)).arrayBuffer());
    return `sha1:${createHash('sha1').update(bytes).digest('hex')}`;
  }
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const untilMs = Date.now() + waitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > untilMs) throw new Error(`waited in vain for ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** How many files are in a folder with those below; without what a kill left half written, which is removed a day later. */
function count(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.startsWith('.holdfast-tmp-'),
  ).length;
}

function digests(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder).sort();
  return new Map(
    names.map((name) => [
      name,
      createHash('sha1')
        .update(readFileSync(`${folder}/${name}`))
        .digest('hex'),
    ]),
  );
}

describe('holdfast server, killed', { timeout: 180_000 }, () => {
  it.each([
    ['while it saves', 'data'],
    ['after the snapshot was written, while its archive is measured', 'snapshots'],
  ] as const)('%s, makes the backup at the next start, and keeps those that it has', async (_when, part) => {
    await using panel = await panelHome(40);
    const { home, folder, repository } = panel;
    const server = new Panel(home);
    await server.start();
    for (let n = 8; n < 40; n++) rmSync(`${folder}/${n}`);
    const first = await server.ended((await server.backup('POST')).uuid);
    for (let n = 8; n < 40; n++) writeFileSync(`${folder}/${n}`, randomBytes(file));
    const before = count(`${repository}/${part}`);
    const { uuid: id } = await server.backup('POST');
    await until(() => (count(`${repository}/${part}`) > before ? true : undefined));
    await server.kill();

    await server.start();
    const again = await server.backup('GET', `/${id}`);
    expect(again).toMatchObject({ completed_at: null, is_successful: false });
    const second = await server.ended(id);
    expect(second.is_successful).toBe(true);
    expect(await server.archive(id)).toBe(second.checksum);
    expect(await server.archive(first.uuid)).toBe(first.checksum);
    const restic = await panel.restic();
    expect((await restic.check()).code).toBe(0);
    // One for each backup: what the killed run left is gone.
    const tags = (await restic.snapshots()).map((snapshot) => snapshot.tags?.join());
    expect(tags.sort()).toEqual([`backup:${first.uuid}`, `backup:${id}`].sort());
    const target = home.folder.at('restored');
    await restic.restore('latest', target);
    expect(digests(`${target}${folder}`)).toEqual(digests(folder));
    for (const one of [id, first.uuid]) expect((await server.ask('DELETE', `/${one}`)).status).toBe(204);
    expect(count(`${repository}/data`)).toBe(0);
    expect(await server.process.end('SIGTERM')).toBe(0);
  });

  it('again and again while it saves, calls that backup failed, and makes the next', async () => {
    await using panel = await panelHome(40);
    const server = new Panel(panel.home);
    await server.start();
    const { uuid: id } = await server.backup('POST');
    await until(() => (count(`${panel.repository}/data`) > 0 ? true : undefined));
    for (let kills = 0; kills < 3; kills++) {
      expect((await server.backup('GET', `/${id}`)).completed_at).toBeNull();
      await server.kill();
      // It begins again before anybody can ask.
      await server.start();
    }
    const failed = await server.ended(id);
    expect(failed).toMatchObject({ is_successful: false, checksum: null, completed_at: expect.any(String) });
    expect(server.process.errors()).toMatch(new RegExp(`backup ${id} of "games" failed: It was tried 3 times`));
    expect((await server.ended((await server.backup('POST')).uuid)).is_successful).toBe(true);
    expect((await server.ask('DELETE', `/${id}`)).status).toBe(204);
    expect((await (await panel.restic()).check()).code).toBe(0);
  });

  it('in the middle of a restore, finishes it at the next start, and answers 409 until then', async () => {
    await using panel = await panelHome(60);
    const { folder, home } = panel;
    const server = new Panel(home);
    await server.start();
    const { uuid: id } = await server.ended((await server.backup('POST')).uuid);
    const whole = digests(folder);
    for (const name of readdirSync(folder)) rmSync(`${folder}/${name}`);
    writeFileSync(`${folder}/extra`, 'not in the backup');
    expect((await server.ask('POST', `/${id}/restore`, { truncate: true })).status).toBe(204);
    await until(() => (count(folder) > 5 ? true : undefined));
    expect(await (await server.ask('GET')).status).toBe(409);
    await server.kill();
    expect(digests(folder).size).toBeLessThan(60);

    await server.start();
    expect((await server.ask('GET', `/${id}`)).status).toBe(409);
    await until(async () => ((await server.ask('GET')).status === 200 ? true : undefined));
    expect(digests(folder)).toEqual(whole);
    // The lock of the killed one keeps nobody out.
    expect((await server.ask('DELETE', `/${id}`)).status).toBe(204);
    expect((await (await panel.restic()).check()).code).toBe(0);
  });
});
