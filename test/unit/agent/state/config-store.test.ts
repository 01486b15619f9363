import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigStore } from '../../../../src/agent/state/config-store.ts';
import { CONFIG_VERSION, emptyConfig } from '../../../../src/config/config-file.ts';
import { type RemoteConfig, remoteSchema } from '../../../../src/config/remote.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type FullDisk, fullDisk } from '../../../support/full-disk.ts';
import { numberedRepositories } from '../../../support/numbered-config.ts';
import { limitedFolder, temporaryFolder } from '../../../support/temporary-folder.ts';

const clock = new FakeClock();
const open = (path: string, disk?: FullDisk) =>
  ConfigStore.open({ path, clock, ...(disk === undefined ? {} : { calls: disk.calls }) });

async function write(path: string, n: number): Promise<void> {
  const store = await open(path);
  await store.update((draft) => {
    draft.repositories = numberedRepositories(n);
  });
}

function remote(id: string): RemoteConfig {
  const fields = { name: 'Panel', dialect: 'panel', baseUrl: 'https://panel.example' };
  return remoteSchema.parse({ id, createdAt: '2026-01-01T00:00:00Z', ...fields });
}

describe('ConfigStore', () => {
  it('is empty without a file, and writes none by itself', async () => {
    await using temporary = await temporaryFolder();
    const store = await open(temporary.at('config.json'));
    expect(store.config).toEqual(emptyConfig());
    expect(store.notices).toEqual([]);
    expect(readdirSync(temporary.path)).toEqual([]);
  });

  it('keeps every one of many updates at a time, in order', async () => {
    await using temporary = await temporaryFolder();
    const store = await open(temporary.at('config.json'));
    const seen: number[] = [];
    store.onChange(({ remotes }, before) => seen.push(remotes.length - before.remotes.length));
    const ids = Array.from({ length: 20 }, (_, n) => `remote-${n}`);
    const counts = await Promise.all(ids.map((id) => store.update((draft) => draft.remotes.push(remote(id)))));
    expect(counts).toEqual(ids.map((_, at) => at + 1));
    expect(seen).toEqual(ids.map(() => 1));
    expect((await open(temporary.at('config.json'))).config.remotes.map(({ id }) => id)).toEqual(ids);
  });

  it('changes nothing when an update throws or makes something invalid, and goes on after it', async () => {
    await using temporary = await temporaryFolder();
    const path = temporary.at('config.json');
    await write(path, 1);
    const store = await open(path);
    const before = readFileSync(path, 'utf8');
    const thrown = store.update((draft) => {
      draft.repositories = [];
      throw new Error('changed my mind');
    });
    const invalid = store.update((draft) => {
      draft.repositories.push(draft.repositories[0]!);
    });
    await expect(thrown).rejects.toThrow('changed my mind');
    await expect(invalid).rejects.toMatchObject({ code: 'invalid-input' });
    expect(store.config.repositories).toEqual(numberedRepositories(1));
    expect(readFileSync(path, 'utf8')).toBe(before);
    await store.update((draft) => draft.repositories.pop());
    expect((await open(path)).config.repositories).toHaveLength(1);
  });

  it('cannot be changed by those who read it', async () => {
    await using temporary = await temporaryFolder();
    await write(temporary.at('config.json'), 1);
    const { config } = await open(temporary.at('config.json'));
    expect(() => config.repositories.pop()).toThrow(TypeError);
    expect(() => Object.assign(config.settings.maintenance, { parallelJobs: 0 })).toThrow(TypeError);
  });

  it.each([0, 1, 2])(
    'goes back to the old state, in memory too, on a full disk (%i calls come through)',
    async (left) => {
      await using temporary = await temporaryFolder();
      const path = temporary.at('config.json');
      const disk = fullDisk();
      const store = await open(path, disk);
      await store.update((draft) => {
        draft.repositories = numberedRepositories(2);
      });
      disk.left = left;
      const failed = store.update((draft) => {
        draft.repositories = numberedRepositories(5);
      });
      await expect(failed).rejects.toMatchObject({ code: 'no-space' });
      expect(store.config.repositories).toEqual(numberedRepositories(2));
      expect((await open(path)).config).toEqual(store.config);
      disk.left = Number.POSITIVE_INFINITY;
      await store.update((draft) => draft.remotes.push(remote('later')));
      expect((await open(path)).config.repositories).toEqual(numberedRepositories(2));
    },
  );

  it('removes what a killed writer left', async () => {
    await using temporary = await temporaryFolder();
    writeFileSync(temporary.at('config.json.0123456789abcdef.tmp'), '{"vers');
    expect((await open(temporary.at('config.json'))).notices).toEqual([]);
    expect(readdirSync(temporary.path)).toEqual([]);
  });

  it('refuses a file of a newer version and leaves it alone', async () => {
    await using temporary = await temporaryFolder();
    const path = temporary.at('config.json');
    await write(path, 1);
    const newer = JSON.stringify({ version: CONFIG_VERSION + 1 });
    writeFileSync(path, newer);
    await expect(open(path)).rejects.toMatchObject({ code: 'unsupported' });
    expect(readFileSync(path, 'utf8')).toBe(newer);
    expect(readdirSync(temporary.path).sort()).toEqual(['config.json', 'config.json.copy']);
  });
});

describe('a torn config.json', () => {
  const damages = (good: string): readonly (readonly [string, string])[] => [
    ['no byte', ''],
    ['garbage', '\u0000\u0007Zßx{{'],
    ['zeros', '\0'.repeat(good.length)],
    ['another JSON', '[1, 2, 3]'],
    ['a plan without a repository', good.replace('"repositories"', '"repositaries"')],
    ...Array.from({ length: Math.floor((good.length - 2) / 50) }, (_, n): [string, string] => [
      `${(n + 1) * 50} bytes of ${good.length}`,
      good.slice(0, (n + 1) * 50),
    ]),
  ];

  it('is set aside, told, and loses nothing', async () => {
    await using temporary = await temporaryFolder();
    const path = temporary.at('config.json');
    await write(path, 3);
    const good = readFileSync(path, 'utf8');
    let lost = 0;
    for (const [name, text] of damages(good)) {
      await using folder = await temporaryFolder();
      const damaged = folder.at('config.json');
      writeFileSync(damaged, text);
      writeFileSync(`${damaged}.copy`, good);
      const store = await open(damaged);
      if (JSON.stringify(store.config.repositories) !== JSON.stringify(numberedRepositories(3))) lost++;
      expect(
        store.notices.map(({ code }) => code),
        name,
      ).toEqual(['state-set-aside', 'state-set-aside']);
      const aside = readdirSync(folder.path).filter((entry) => entry.includes('.bad-'));
      expect(
        aside.map((entry) => readFileSync(folder.at(entry), 'utf8')),
        name,
      ).toEqual([text]);
      const again = await open(damaged);
      expect([again.config, again.notices], name).toEqual([store.config, []]);
    }
    expect(lost).toBe(0);
  });

  it('starts empty when its copy is torn as well, and both are kept aside', async () => {
    await using temporary = await temporaryFolder();
    const path = temporary.at('config.json');
    writeFileSync(path, '{"version": 1, "pla');
    writeFileSync(`${path}.copy`, '{');
    const store = await open(path);
    expect(store.config).toEqual(emptyConfig());
    expect(store.notices.at(-1)?.message).toMatch(/starts empty/);
    expect(readdirSync(temporary.path).filter((name) => name.includes('.bad-'))).toHaveLength(2);
  });
});

it('survives SIGKILL at any time: what is read back was written, and nothing that was confirmed is missing', async () => {
  await using temporary = await temporaryFolder();
  const path = temporary.at('config.json');
  const writer = fileURLToPath(new URL('../../../fixtures/config-writer.ts', import.meta.url));
  for (let round = 0, confirmed = 0; round < 8; round++) {
    const child = spawn(process.execPath, [writer, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    const killAt = confirmed + 1 + ((round * 5) % 13);
    for await (const line of createInterface(child.stdout)) {
      confirmed = Number(line);
      if (confirmed === killAt) child.kill('SIGKILL');
    }
    expect(await ended).toEqual([null, 'SIGKILL']);
    const store = await open(path);
    const n = Number(/\d+/.exec(store.config.repositories[0]?.name ?? '')?.[0]);
    expect(n).toBeGreaterThanOrEqual(confirmed);
    expect(n).toBeLessThanOrEqual(confirmed + 1);
    expect(store.config.repositories).toEqual(numberedRepositories(n));
    expect(store.notices).toEqual([]);
    expect(readdirSync(temporary.path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }
}, 120_000);

it('keeps the old state on a disk that is really full', async ({ skip }) => {
  await using small = await limitedFolder({ size: '64k' });
  if (small === undefined) return skip('needs root, to mount a file system of a limited size');
  const path = small.at('config.json');
  await write(path, 2);
  writeFileSync(small.at('ballast'), Buffer.alloc(40 * 1024));
  const store = await open(path);
  const failed = store.update((draft) => {
    draft.repositories = Array.from({ length: 20 }, (_, n) =>
      numberedRepositories(6).map((one, at) => ({ ...one, id: `r-${n}-${at}` })),
    ).flat();
  });
  await expect(failed).rejects.toMatchObject({ code: 'no-space' });
  expect(store.config.repositories).toEqual(numberedRepositories(2));
  expect((await open(path)).config.repositories).toEqual(numberedRepositories(2));
});
