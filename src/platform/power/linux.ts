/** Linux: /sys/class/power_supply. Source: the kernel's Documentation/ABI/testing/sysfs-class-power. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PowerPort, PowerStatus } from '../power.ts';

interface Supply {
  readonly type: string | undefined;
  readonly status: string | undefined;
  readonly online: boolean | undefined;
  readonly percent: number | undefined;
  /** Relative size, to weigh batteries by; undefined if it is not told. */
  readonly full: number | undefined;
}

/** @param sysPath where sysfs is mounted: another in tests */
export function linuxPower({ sysPath = '/sys' }: { readonly sysPath?: string } = {}): PowerPort {
  const folder = join(sysPath, 'class/power_supply');
  return {
    status: async (signal) => {
      signal.throwIfAborted();
      const supplies = listFolder(folder).flatMap((name) => readSupply(join(folder, name)) ?? []);
      const batteries = supplies.filter(({ type }) => type === 'Battery' || type === 'UPS');
      const lines = supplies.filter(({ type }) => type !== 'Battery' && type !== 'UPS');
      return { onBattery: onBattery(batteries, lines), batteryPercent: percentOf(batteries) };
    },
  };
}

function onBattery(batteries: readonly Supply[], lines: readonly Supply[]): PowerStatus['onBattery'] {
  if (lines.some(({ online }) => online === true)) return false;
  if (batteries.length === 0) return 'unknown';
  const states = batteries.map(({ status }) => status);
  if (states.includes('Discharging')) return true;
  if (states.includes('Charging')) return false;
  if (lines.some(({ online }) => online === false)) return true;
  return states.some((state) => state === 'Full' || state === 'Not charging') ? false : 'unknown';
}

/** Weighed by their sizes, if all tell theirs. */
function percentOf(batteries: readonly Supply[]): PowerStatus['batteryPercent'] {
  const known = batteries.filter(({ percent }) => percent !== undefined);
  if (known.length === 0) return 'unknown';
  const sized = known.every(({ full }) => full !== undefined && full > 0);
  const weights = known.map(({ full }) => (sized ? full! : 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const held = known.reduce((sum, { percent }, at) => sum + percent! * weights[at]!, 0);
  return Math.round(held / total);
}

/** Undefined for what feeds no machine: batteries of mice and the like ("Device"), and bays without a battery. */
function readSupply(path: string): Supply | undefined {
  const text = (name: string): string | undefined => readText(join(path, name));
  if (text('scope') === 'Device' || text('present') === '0') return undefined;
  const online = text('online');
  const percent = readNumber(text('capacity'));
  return {
    type: text('type'),
    status: text('status'),
    online: online === undefined ? undefined : online !== '0',
    percent: percent === undefined ? undefined : Math.min(100, Math.max(0, percent)),
    full: readNumber(text('energy_full') ?? text('charge_full')),
  };
}

function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
