import { describe, expect, it } from 'vitest';
import { userFolders } from '../../../src/platform/folders.ts';

describe('userFolders', () => {
  it('follows XDG on Linux, and ignores relative paths there', () => {
    const home = '/home/x';
    expect(userFolders({ platform: 'linux', environment: {}, home })).toEqual({
      data: '/home/x/.local/share/holdfast',
      config: '/home/x/.config/holdfast',
      cache: '/home/x/.cache/holdfast',
    });
    const environment = { XDG_DATA_HOME: '/data', XDG_CONFIG_HOME: 'relative', XDG_CACHE_HOME: '' };
    expect(userFolders({ platform: 'linux', environment, home })).toEqual({
      data: '/data/holdfast',
      config: '/home/x/.config/holdfast',
      cache: '/home/x/.cache/holdfast',
    });
  });

  it('uses Library on macOS and AppData on Windows', () => {
    expect(userFolders({ platform: 'darwin', environment: {}, home: '/Users/x' })).toEqual({
      data: '/Users/x/Library/Application Support/Holdfast/data',
      config: '/Users/x/Library/Application Support/Holdfast',
      cache: '/Users/x/Library/Caches/Holdfast',
    });
    const environment = { APPDATA: 'D:\\Roaming' };
    expect(userFolders({ platform: 'win32', environment, home: 'C:\\Users\\x' })).toEqual({
      data: 'C:\\Users\\x\\AppData\\Local\\Holdfast\\Data',
      config: 'D:\\Roaming\\Holdfast',
      cache: 'C:\\Users\\x\\AppData\\Local\\Holdfast\\Cache',
    });
  });

  it('lets HOLDFAST_… go first', () => {
    const environment = { HOLDFAST_DATA_DIR: '/d', HOLDFAST_CONFIG_DIR: '/c', XDG_DATA_HOME: '/data' };
    const folders = userFolders({ platform: 'linux', environment, home: '/h' });
    expect(folders).toEqual({ data: '/d', config: '/c', cache: '/h/.cache/holdfast' });
  });
});
