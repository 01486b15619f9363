import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findElectron, noWindowHere } from '../../../build/setup/desktop.mjs';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe("Electron's program", () => {
  it('is found by path, where its install script says, or where the user says', async () => {
    await using folder = await temporaryFolder();
    expect(findElectron(folder.path, {})).toBeUndefined();
    writeFileSync(folder.at('path.txt'), 'Electron.app/Contents/MacOS/Electron');
    expect(findElectron(folder.path, {})).toBeUndefined();
    writeFileSync(folder.at('dist/Electron.app/Contents/MacOS/Electron'), '');
    expect(findElectron(folder.path, {})).toBe(folder.at('dist/Electron.app/Contents/MacOS/Electron'));
    writeFileSync(folder.at('own/electron'), '');
    const own = { ELECTRON_OVERRIDE_DIST_PATH: folder.at('own') };
    expect(findElectron(folder.at('none'), own)).toBe(folder.at('own/electron'));
  });
});

describe('no window', () => {
  const at = (environment: Record<string, string>, uid = 1000) => noWindowHere({ platform: 'linux', environment, uid });

  it('is opened without a display, or as root', () => {
    expect(at({})).toBe('there is no display');
    expect(at({ DISPLAY: '', WAYLAND_DISPLAY: '' })).toBe('there is no display');
    expect(at({ DISPLAY: ':0' }, 0)).toBe('it is not opened as root');
    expect(at({ DISPLAY: ':0' })).toBeUndefined();
    expect(at({ WAYLAND_DISPLAY: 'wayland-0' })).toBeUndefined();
    expect(noWindowHere({ platform: 'darwin', environment: {}, uid: 501 })).toBeUndefined();
    expect(noWindowHere({ platform: 'win32', environment: {}, uid: undefined })).toBeUndefined();
  });
});
