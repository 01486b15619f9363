import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { linuxPower } from '../../../src/platform/power/linux.ts';
import { macosPower } from '../../../src/platform/power/macos.ts';
import { windowsPower } from '../../../src/platform/power/windows.ts';
import { systemPower } from '../../../src/platform/power.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { scriptedPrograms } from '../../support/scripted-programs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
type Supplies = Record<string, Record<string, string>>;

async function onLinux(supplies: Supplies) {
  await using folder = await temporaryFolder();
  for (const [name, values] of Object.entries(supplies)) {
    mkdirSync(folder.at('class/power_supply', name), { recursive: true });
    for (const [file, text] of Object.entries(values)) {
      writeFileSync(folder.at('class/power_supply', name, file), `${text}\n`);
    }
  }
  return linuxPower({ sysPath: folder.path }).status(signal);
}

const mains = (online: string) => ({ type: 'Mains', online });
const battery = (status: string, capacity: string) => ({ type: 'Battery', present: '1', status, capacity });

describe('linuxPower', () => {
  it.each<[string, Supplies, boolean | 'unknown', number | 'unknown']>([
    ['plugged in', { AC: mains('1'), BAT0: battery('Charging', '80') }, false, 80],
    ['unplugged', { AC: mains('0'), BAT0: battery('Discharging', '42') }, true, 42],
    [
      'plugged in by USB-C',
      { AC: mains('0'), ucsi: { type: 'USB', online: '1' }, BAT0: battery('Not charging', '60') },
      false,
      60,
    ],
    ['unplugged, just now', { AC: mains('0'), BAT0: battery('Unknown', '99') }, true, 99],
    ['no line is listed, discharging', { BAT0: battery('Discharging', '7') }, true, 7],
    ['no line is listed, full', { BAT0: battery('Full', '100') }, false, 100],
    ['nothing says', { BAT0: { type: 'Battery' } }, 'unknown', 'unknown'],
    ['a desktop with a mouse', { mouse: { ...battery('Discharging', '5'), scope: 'Device' } }, 'unknown', 'unknown'],
    ['an empty bay', { BAT1: { ...battery('Unknown', '0'), present: '0' } }, 'unknown', 'unknown'],
    ['nonsense', { BAT0: battery('Discharging', 'many') }, true, 'unknown'],
    ['no supply', {}, 'unknown', 'unknown'],
  ])('%s', async (_, supplies, onBattery, batteryPercent) => {
    expect(await onLinux(supplies)).toEqual({ onBattery, batteryPercent });
  });

  it('weighs two batteries by their size, if both tell it', async () => {
    const small = { ...battery('Discharging', '10'), energy_full: '20000000' };
    const large = { ...battery('Unknown', '90'), energy_full: '60000000' };
    expect(await onLinux({ BAT0: small, BAT1: large })).toEqual({ onBattery: true, batteryPercent: 70 });
    expect(await onLinux({ BAT0: small, BAT1: battery('Unknown', '90') })).toMatchObject({ batteryPercent: 50 });
  });
});

describe('macosPower', () => {
  const status = (text: string) =>
    macosPower({ run: scriptedPrograms({ '/usr/bin/pmset -g batt': text }).run }).status(signal);

  it('reads pmset', async () => {
    const line = ' -InternalBattery-0 (id=1234)\t85%; discharging; 4:30 remaining present: true\n';
    expect(await status(`Now drawing from 'Battery Power'\n${line}`)).toEqual({ onBattery: true, batteryPercent: 85 });
    expect(await status(`Now drawing from 'AC Power'\n${line}`)).toEqual({ onBattery: false, batteryPercent: 85 });
    expect(await status("Now drawing from 'AC Power'\n")).toEqual({ onBattery: false, batteryPercent: 'unknown' });
    expect(await status("Now drawing from 'UPS Power'\n")).toMatchObject({ onBattery: true });
    expect(await status('')).toEqual({ onBattery: 'unknown', batteryPercent: 'unknown' });
  });
});

describe('windowsPower', () => {
  const status = (answer: unknown) =>
    windowsPower({
      run: scriptedPrograms({ 'powershell.exe': JSON.stringify(answer) }).run,
      clock: new FakeClock(),
    }).status(signal);

  it('reads CIM', async () => {
    expect(await status({ states: [1], percents: [55], line: [false] })).toEqual({
      onBattery: true,
      batteryPercent: 55,
    });
    expect(await status({ states: [2], percents: [100], line: [true] })).toEqual({
      onBattery: false,
      batteryPercent: 100,
    });
    expect(await status({ states: [5], percents: [4], line: [] })).toMatchObject({ onBattery: true });
    expect(await status({ states: [6, 2], percents: [40, 60], line: [] })).toEqual({
      onBattery: false,
      batteryPercent: 50,
    });
    expect(await status({ states: [], percents: [], line: [] })).toEqual({
      onBattery: 'unknown',
      batteryPercent: 'unknown',
    });
    expect(await status('nonsense')).toEqual({ onBattery: 'unknown', batteryPercent: 'unknown' });
  });

  it('runs its script once a minute at most', async () => {
    const clock = new FakeClock();
    const programs = scriptedPrograms({ 'powershell.exe': '{}' });
    const power = systemPower({ platform: 'win32', run: programs.run, clock });
    await power.status(signal);
    await clock.advance(59_000);
    await power.status(signal);
    expect(programs.ran).toHaveLength(1);
    await clock.advance(1_000);
    await power.status(signal);
    expect(programs.ran).toHaveLength(2);
  });
});

describe('systemPower', () => {
  it('answers for this machine, and is unknown on a system that it does not know', async () => {
    const { batteryPercent } = await systemPower().status(signal);
    expect(batteryPercent === 'unknown' || (batteryPercent >= 0 && batteryPercent <= 100)).toBe(true);
    expect(await systemPower({ platform: 'aix' }).status(signal)).toEqual({
      onBattery: 'unknown',
      batteryPercent: 'unknown',
    });
  });
});
