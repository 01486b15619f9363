import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { browseFolder } from '../../../src/platform/browse-folder.ts';
import { userPlaces } from '../../../src/platform/user-places.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('a folder of this machine', () => {
  it('shows folders first, links as what they lead to, and only names that are text', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['b', 'a10', 'a2', '.hidden']) mkdirSync(folder.at(name));
    writeFileSync(folder.at('file'), '');
    symlinkSync('b', folder.at('link'));
    symlinkSync('nowhere', folder.at('broken'));
    writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff])]), '');
    const all = await browseFolder(folder.path, { files: true });
    expect(all.entries.map(({ name, type, hidden }) => [name, type, hidden])).toEqual([
      ['.hidden', 'folder', true],
      ['a2', 'folder', false],
      ['a10', 'folder', false],
      ['b', 'folder', false],
      ['link', 'folder', false],
      ['file', 'file', false],
    ]);
    expect(all).toMatchObject({ path: folder.path, parent: join(folder.path, '..'), more: false });
    expect((await browseFolder(folder.path, { files: false })).entries).toHaveLength(5);
    expect((await browseFolder('/', { files: false })).parent).toBeUndefined();
  });

  it('says why it cannot be looked into', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('file'), '');
    await expect(browseFolder('home', { files: false })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(browseFolder(join(folder.path, 'gone'), { files: false })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(browseFolder(join(folder.path, 'file'), { files: false })).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

describe('the places of a user', () => {
  it('are those that xdg-user-dirs names, and that are there', async () => {
    await using folder = await temporaryFolder();
    const home = folder.path;
    for (const name of ['Dokumente', 'Pictures', 'Music']) mkdirSync(folder.at(name));
    writeFileSync(
      folder.at('.config', 'user-dirs.dirs'),
      '# comment\nXDG_DOCUMENTS_DIR="$HOME/Dokumente"\nXDG_MUSIC_DIR="$HOME/"\nXDG_VIDEOS_DIR="$HOME/Videos"\n',
    );
    const places = await userPlaces({ platform: 'linux', environment: {}, home });
    expect(places.filter(({ kind }) => kind !== 'drive')).toEqual([
      { kind: 'home', path: home },
      { kind: 'documents', path: join(home, 'Dokumente') },
      { kind: 'pictures', path: join(home, 'Pictures') },
    ]);
  });
});
