/** The password and the place of a repository, changed: nothing is kept that does not open that very repository. */
import { renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Destinations } from '../../../../src/agent/repositories/destinations.ts';
import { RepositoryService } from '../../../../src/agent/repositories/repository-service.ts';
import { ConfigStore } from '../../../../src/agent/state/config-store.ts';
import { openBackend } from '../../../../src/backend/registry.ts';
import { repositorySchema } from '../../../../src/config/repository.ts';
import { Secrets } from '../../../../src/platform/secrets.ts';
import { initRepository } from '../../../../src/repository/mod.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { cheapKey, never, password } from '../../repository/test-repository.ts';

let folder: TemporaryFolder;
let store: ConfigStore;
let secrets: Secrets;
let repositories: RepositoryService;
/** Whose shared instances were closed. */
let gone: string[];

async function make(name: string, secret = password): Promise<string> {
  const backend = openBackend(folder.at(name));
  await using made = await initRepository({ backend, password: secret, keyOptions: cheapKey, signal: never });
  return made.config.id;
}

beforeEach(async () => {
  folder = await temporaryFolder();
  const clock = new FakeClock();
  gone = [];
  store = await ConfigStore.open({ path: folder.at('config.json'), clock });
  secrets = new Secrets({ folder: folder.at('secrets'), keychain: async () => undefined });
  repositories = new RepositoryService({
    store,
    secrets,
    destinations: new Destinations({ openBackend, secrets, cacheFolder: folder.at('caches') }),
    clock,
    hostname: 'desk',
    onGone: async (id) => void gone.push(id),
  });
  const repositoryId = await make('disk');
  await store.update((draft) => {
    const createdAt = '2026-03-01T12:00:00Z';
    const config = { id: 'disk', name: 'Disk', location: folder.at('disk'), repositoryId, createdAt };
    draft.repositories.push(repositorySchema.parse(config));
  });
});
afterEach(() => folder[Symbol.asyncDispose]());

const kept = () => secrets.readSecret('disk-repository', never);

describe('the password', () => {
  it('is kept if it opens the repository', async () => {
    await repositories.setPassword('disk', password, never);
    expect([await kept(), gone]).toEqual([password, ['disk']]);
  });

  it('is not kept if it does not', async () => {
    await secrets.storeSecret('disk-repository', 'before', never);
    await expect(repositories.setPassword('disk', 'wrong', never)).rejects.toMatchObject({ code: 'wrong-password' });
    renameSync(folder.at('disk'), folder.at('away'));
    await expect(repositories.setPassword('disk', password, never)).rejects.toMatchObject({ code: 'no-repository' });
    await make('disk');
    await expect(repositories.setPassword('disk', password, never)).rejects.toMatchObject({ code: 'conflict' });
    expect([await kept(), gone]).toEqual(['before', []]);
  });
});

describe('the place', () => {
  it('is changed where the same repository lies there', async () => {
    await secrets.storeSecret('disk-repository', password, never);
    renameSync(folder.at('disk'), folder.at('away'));
    expect(await repositories.move('disk', { location: folder.at('away') }, never)).toMatchObject({
      location: folder.at('away'),
    });
    expect([repositories.get('disk').location, gone]).toEqual([folder.at('away'), ['disk']]);
  });

  it('stays where another lies there, none, or the password is not kept', async () => {
    await make('other');
    const move = (name: string) => repositories.move('disk', { location: folder.at(name) }, never);
    await expect(move('other')).rejects.toMatchObject({
      code: 'wrong-password',
      hint: expect.stringContaining('disk'),
    });
    await secrets.storeSecret('disk-repository', password, never);
    await expect(move('other')).rejects.toMatchObject({ code: 'conflict' });
    await expect(move('nothing')).rejects.toMatchObject({ code: 'no-repository' });
    expect([repositories.get('disk').location, gone]).toEqual([folder.at('disk'), []]);
  });
});

it('upkeep at times that never come is refused', async () => {
  const { name, upkeep } = repositories.get('disk');
  const never = { kind: 'cron', expression: '0 0 31 2 *' } as const;
  const change = { name, upkeep: { ...upkeep, prune: never } };
  await expect(repositories.update('disk', change)).rejects.toMatchObject({ code: 'invalid-input' });
  expect(repositories.get('disk').upkeep).toEqual(upkeep);
});
