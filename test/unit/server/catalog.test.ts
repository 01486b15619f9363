import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { Catalog } from '../../../src/server/catalog/catalog.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const content = { kind: 'scope' } as const;
const database = { kind: 'database', database: 'app', excludedTables: [], gzip: false, onReplica: false } as const;

function withBackups(count: number): Catalog {
  const catalog = Catalog.open(':memory:');
  for (let n = 1; n <= count; n++) catalog.backups.add({ scope: 'photos', name: `Backup ${n}`, content, createdAt: n });
  return catalog;
}

describe('Catalog', () => {
  it('finds a backup by each of its names', () => {
    using catalog = withBackups(3);
    const added = catalog.backups.add({ scope: 'fa', name: 'x', content, createdAt: 9, clientId: 7, locked: true });
    expect(added).toMatchObject({
      state: 'queued',
      description: '',
      locked: true,
      clientId: 7,
      completedAt: undefined,
    });
    expect(catalog.backups.get(added.id)).toEqual(added);
    expect(catalog.backups.byNumber(added.number)).toEqual(added);
    expect(catalog.backups.byClientId('fa', 7)).toEqual(added);
    expect(catalog.backups.byClientId('photos', 7)).toBeUndefined();
  });

  it('lists the newest first, in pages, by scope, task, engine and state', () => {
    using catalog = withBackups(5);
    const { backups } = catalog;
    const other = backups.add({
      scope: 'stack',
      name: 'pg',
      content: { ...database, engine: 'postgresql' },
      createdAt: 6,
      task: 3,
    });
    backups.add({ scope: 'stack', name: 'my', content: { ...database, engine: 'mysql' }, createdAt: 7, task: 4 });
    const names = (filter: Parameters<typeof backups.list>[0], page?: Parameters<typeof backups.list>[1]) =>
      backups.list(filter, page).map(({ name }) => name);
    expect(names({ scope: 'photos' }, { offset: 1, limit: 2 })).toEqual(['Backup 4', 'Backup 3']);
    expect(names({ scope: 'stack', task: 3 })).toEqual(['pg']);
    expect(names({ scope: 'stack', engine: 'mysql' })).toEqual(['my']);
    backups.update(other.id, { state: 'done' }, 8);
    expect(names({ scope: 'stack', states: ['done'] })).toEqual(['pg']);
    expect(backups.count({ scope: 'stack' })).toBe(2);
  });

  it('changes what is named only, and never gives a number twice', () => {
    using catalog = withBackups(1);
    const [first] = catalog.backups.list({ scope: 'photos' });
    const archive = { kind: 'tar', bytes: 10, sha1: 'aa', recipe: 'r' } as const;
    const changed = catalog.backups.update(first!.id, { archive, locked: true, totalBytes: 5 }, 77);
    expect(changed).toEqual({ ...first, archive, locked: true, totalBytes: 5, updatedAt: 77 });
    expect(catalog.backups.update(first!.id, { archive: undefined }, 78)?.archive).toBeUndefined();
    catalog.backups.remove(first!.id);
    const next = catalog.backups.add({ scope: 'photos', name: 'next', content, createdAt: 2 });
    expect(next.number).toBeGreaterThan(first!.number);
  });

  it('replaces a restore with the same client id', () => {
    using catalog = Catalog.open(':memory:');
    catalog.restores.add({ scope: 'fa', clientId: 1, backupId: 'a', createdAt: 1 });
    const second = catalog.restores.add({ scope: 'fa', clientId: 1, backupId: 'b', createdAt: 2 });
    expect(catalog.restores.byClientId('fa', 1)).toEqual(second);
    expect(catalog.restores.openOf('fa')).toEqual([second]);
    catalog.restores.update(second.number, { state: 'done', endedAt: 3 });
    expect(catalog.restores.openOf('fa')).toEqual([]);
  });

  it('redeems a link once, and not when it is too old', () => {
    using catalog = Catalog.open(':memory:');
    const link = { backupId: 'a', part: 'archive', expiresAt: 1000 };
    const [good, old] = [catalog.links.add(link, 0), catalog.links.add(link, 0)];
    expect(catalog.links.redeem(good, 999)).toEqual({ backupId: 'a', part: 'archive' });
    expect(catalog.links.redeem(good, 999)).toBeUndefined();
    expect(catalog.links.redeem(old, 1000)).toBeUndefined();
    expect(catalog.links.redeem('another', 0)).toBeUndefined();
  });

  it('keeps everything for the next start, with the key that signs links', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('catalog.sqlite');
    const key = (() => {
      using catalog = Catalog.open(path);
      catalog.backups.add({ scope: 'photos', name: 'kept', content, createdAt: 1 });
      return catalog.settings.signingKey();
    })();
    using again = Catalog.open(path);
    expect(again.backups.list({ scope: 'photos' })).toMatchObject([{ name: 'kept' }]);
    expect(again.settings.signingKey()).toEqual(key);
  });

  it('brings a file of the first version up to date, and keeps what is in it', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('catalog.sqlite');
    {
      using catalog = Catalog.open(path);
      catalog.backups.add({ scope: 'photos', name: 'kept', content, createdAt: 1 });
    }
    const old = new DatabaseSync(path);
    old.exec(
      'DROP INDEX backups_that_replace; ALTER TABLE backups DROP COLUMN replaces; ALTER TABLE restores DROP COLUMN process; PRAGMA user_version = 1;',
    );
    old.close();
    using again = Catalog.open(path);
    const [kept] = again.backups.list({ scope: 'photos' });
    expect(kept).toMatchObject({ name: 'kept', replaces: undefined });
    const next = again.backups.add({ scope: 'photos', name: 'next', content, createdAt: 2, replaces: kept!.id });
    again.backups.update(next.id, { state: 'done' }, 3);
    expect(again.backups.thatReplaced().map(({ name }) => name)).toEqual(['next']);
    again.backups.remove(kept!.id);
    expect(again.backups.thatReplaced()).toEqual([]);
  });

  it('refuses a file of a newer version, and one that is none, and leaves them as they are', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('catalog.sqlite');
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => Catalog.open(path)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    const garbage = folder.at('garbage.sqlite');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(garbage, 'x'.repeat(5000));
    expect(() => Catalog.open(garbage)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });
});
