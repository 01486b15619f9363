import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Presence, systemPresence } from '../../../src/platform/presence.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { limitedFolder, temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();

describe.skipIf(process.platform === 'win32')('systemPresence', () => {
  it('finds files and folders, and tells what is missing', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('file'), '');
    mkdirSync(folder.at('empty'));
    const { presence } = systemPresence();
    expect(await presence(folder.at('file'), signal)).toBe('present');
    expect(await presence(folder.at('empty'), signal), 'an ordinary empty folder').toBe('present');
    expect(await presence(folder.at('none'), signal)).toBe('missing');
    expect(await presence(`${folder.at('file')}/below`, signal)).toBe('missing');
    expect(await presence(`/${'x'.repeat(300)}`, signal), 'what cannot be told').toBe('unknown');
  });

  it('an empty folder that fstab names is a drive that is not mounted', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at('my drive'));
    const fstabPath = folder.at('fstab');
    const path = folder.at('my drive');
    const presence = () => systemPresence({ fstabPath }).presence(path, signal);
    writeFileSync(fstabPath, `#UUID=1 ${path.replace(' ', '\\040')} ext4 noauto 0 0\n`);
    expect(await presence()).toBe('present');
    writeFileSync(fstabPath, `# drives\nUUID=1 ${path.replace(' ', '\\040')} ext4 noauto 0 0\n`);
    expect(await presence()).toBe('not-mounted');
    writeFileSync(`${path}/file`, '');
    expect(await presence()).toBe('present');
    rmSync(`${path}/file`);
    expect(await presence()).toBe('not-mounted');
  });

  it('an empty folder where drives are mounted is one too, unless a drive is there', async ({ skip }) => {
    await using folder = await temporaryFolder();
    await using drive = await limitedFolder({ size: '1m' });
    if (drive === undefined) return skip('mounting needs root');
    mkdirSync(folder.at('usb/x', '..'), { recursive: true });
    const { presence } = systemPresence({ mountRoots: [folder.path] });
    expect(await presence(folder.at('usb'), signal)).toBe('not-mounted');
    expect(spawnSync('mount', ['--bind', drive.path, folder.at('usb')]).status).toBe(0);
    try {
      expect(await presence(folder.at('usb'), signal), 'an empty drive').toBe('present');
      mkdirSync(folder.at('usb/empty'));
      expect(await presence(folder.at('usb/empty'), signal), 'an empty folder on it').toBe('present');
    } finally {
      spawnSync('umount', ['-l', folder.at('usb')]);
    }
    expect(await presence(folder.at('usb'), signal)).toBe('not-mounted');
  });

  it('does not wait for a dead drive, nor ask it twice at once', async () => {
    const clock = new FakeClock();
    let asked = 0;
    const hung = Promise.withResolvers<Presence>();
    const { presence } = systemPresence({
      clock,
      timeoutMs: 5_000,
      look: () => {
        asked++;
        return hung.promise;
      },
    });
    const first = presence('/net/dead', signal);
    const second = presence('/net/dead', signal);
    await clock.advance(5_000);
    expect(await Promise.all([first, second])).toEqual(['unknown', 'unknown']);
    expect(asked).toBe(1);
    hung.resolve('present');
    expect(await presence('/net/dead', signal)).toBe('present');
    await expect(presence('/net/dead', AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
    expect(clock.sleeping).toBe(0);
  });
});
