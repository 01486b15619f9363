import { describe, expect, it } from 'vitest';
import { hasTrayHost } from '../../../src/platform/tray-host.ts';
import { scriptedPrograms } from '../../support/scripted-programs.ts';

const { signal } = new AbortController();
const linux = { platform: 'linux', environment: { DISPLAY: ':0' } } as const;

describe('hasTrayHost', () => {
  it('is what the session bus says, in the words of whichever program is there', async () => {
    const busctl = scriptedPrograms({ busctl: 'b true\n' });
    expect(await hasTrayHost(signal, { ...linux, run: busctl.run })).toBe(true);
    const gdbus = scriptedPrograms({ gdbus: '(false,)\n' });
    expect(await hasTrayHost(signal, { ...linux, run: gdbus.run })).toBe(false);
    const dbusSend = scriptedPrograms({
      'dbus-send': 'method return time=1.2 sender=org.freedesktop.DBus -> destination=:1.1\n   boolean true\n',
    });
    expect(await hasTrayHost(signal, { ...linux, run: dbusSend.run })).toBe(true);
  });

  it('is unknown where no program is there, or none reaches the bus', async () => {
    expect(await hasTrayHost(signal, { ...linux, run: scriptedPrograms({}).run })).toBeUndefined();
    const refused = scriptedPrograms({ busctl: { code: 1 }, gdbus: { code: 1 } });
    expect(await hasTrayHost(signal, { ...linux, run: refused.run })).toBeUndefined();
  });

  it('needs no question without a display, nor on macOS and Windows', async () => {
    const { run, ran } = scriptedPrograms({ busctl: 'b true' });
    expect(await hasTrayHost(signal, { platform: 'linux', environment: {}, run })).toBe(false);
    expect(await hasTrayHost(signal, { platform: 'darwin', environment: {}, run })).toBe(true);
    expect(await hasTrayHost(signal, { platform: 'win32', environment: {}, run })).toBe(true);
    expect(ran).toEqual([]);
  });
});
