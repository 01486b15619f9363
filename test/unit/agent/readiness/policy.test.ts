import { describe, expect, it } from 'vitest';
import {
  evaluateReadiness,
  networkSettleMs,
  type ReadinessFacts,
  type RepositoryFact,
} from '../../../../src/agent/readiness/policy.ts';
import { findQuietHours, localMinuteOfDay } from '../../../../src/agent/readiness/quiet-hours.ts';
import { type ReadinessReason, reasonText } from '../../../../src/agent/readiness/reasons.ts';
import type { Conditions } from '../../../../src/config/conditions.ts';
import type { NetworkStatus } from '../../../../src/platform/network.ts';
import { unknownNetwork } from '../../../../src/platform/network.ts';
import { type PowerStatus, unknownPower } from '../../../../src/platform/power.ts';
import type { Presence } from '../../../../src/platform/presence.ts';

const remote: RepositoryFact = { id: 'nas', name: 'NAS', isRemote: true, reachable: true };
const local: RepositoryFact = { id: 'usb', name: 'USB disk', isRemote: false, reachable: true };

const good: ReadinessFacts = {
  minuteOfDay: 12 * 60,
  network: { online: true, metered: false, wifiName: 'Home' },
  networkSteadyMs: Number.POSITIVE_INFINITY,
  power: { onBattery: false, batteryPercent: 80 },
  paths: new Map<string, Presence>([['/data', 'present']]),
  repositories: [remote, local],
};

/** Asks for everything. */
const strict: Conditions = {
  network: 'unmetered',
  wifiNames: ['Home', 'Work'],
  notOnBattery: true,
  minBatteryPercent: 50,
  requirePaths: ['/data'],
  quietHours: [{ from: '22:00', to: '06:30' }],
};

function reasons(conditions: Conditions, facts: Partial<ReadinessFacts>): readonly ReadinessReason[] {
  const readiness = evaluateReadiness(conditions, { ...good, ...facts });
  return readiness.ready ? [] : readiness.reasons;
}
const network = (part: Partial<NetworkStatus>) => ({ network: { ...good.network, ...part } });
const power = (part: Partial<PowerStatus>) => ({ power: { ...good.power, ...part } });
const { notOnBattery: _, ...allowsBattery } = strict;

describe('evaluateReadiness', () => {
  it('is ready when all holds, and when nothing is asked', () => {
    expect(evaluateReadiness(strict, good)).toEqual({ ready: true });
    expect(evaluateReadiness({}, good)).toEqual({ ready: true });
  });

  it.each<[string, Conditions, Partial<ReadinessFacts>, ReadinessReason]>([
    ['offline', strict, network({ online: false }), { type: 'offline' }],
    ['network-unsettled', strict, { networkSteadyMs: networkSettleMs - 1 }, { type: 'network-unsettled' }],
    ['metered', strict, network({ metered: true }), { type: 'metered' }],
    ['wifi', strict, network({ wifiName: 'Café' }), { type: 'wifi', wifiName: 'Café', allowed: ['Home', 'Work'] }],
    ['on-battery', strict, power({ onBattery: true }), { type: 'on-battery' }],
    [
      'battery-low',
      allowsBattery,
      power({ onBattery: true, batteryPercent: 49 }),
      { type: 'battery-low', percent: 49, atLeastPercent: 50 },
    ],
    [
      'path-missing',
      strict,
      { paths: new Map([['/data', 'missing']]) },
      { type: 'path-missing', path: '/data', notMounted: false },
    ],
    [
      'path-missing (not mounted)',
      strict,
      { paths: new Map([['/data', 'not-mounted']]) },
      { type: 'path-missing', path: '/data', notMounted: true },
    ],
    ['quiet-hours', strict, { minuteOfDay: 23 * 60 }, { type: 'quiet-hours', from: '22:00', to: '06:30' }],
    [
      'repository-unreachable',
      strict,
      { repositories: [local, { ...remote, reachable: false, why: 'refused' }] },
      { type: 'repository-unreachable', repositoryId: 'nas', name: 'NAS', why: 'refused' },
    ],
    [
      'repository-unreachable (a disk)',
      strict,
      { repositories: [{ ...local, reachable: false }], ...network({ online: false }) },
      { type: 'repository-unreachable', repositoryId: 'usb', name: 'USB disk' },
    ],
  ])('%s flips it, with a sentence', (_name, conditions, facts, reason) => {
    expect(reasons(conditions, {})).toEqual([]);
    expect(reasons(conditions, facts)).toEqual([reason]);
    expect(reasonText(reason)).toMatch(/^[A-Z/].*\.$|\?$/);
  });

  it('is held up by nothing that is unknown', () => {
    const unknown: ReadinessFacts = {
      ...good,
      network: unknownNetwork,
      networkSteadyMs: 0,
      power: unknownPower,
      paths: new Map([['/data', 'unknown']]),
      repositories: [
        { ...remote, reachable: 'unknown' },
        { ...local, reachable: 'unknown' },
      ],
    };
    expect(evaluateReadiness(strict, unknown)).toEqual({ ready: true });
    expect(reasons(strict, { ...unknown, paths: new Map() })).toEqual([]);
    expect(reasons(allowsBattery, power({ onBattery: 'unknown', batteryPercent: 3 }))).toEqual([]);
    expect(reasons(allowsBattery, power({ onBattery: true, batteryPercent: 'unknown' }))).toEqual([]);
  });

  it('needs no network for a local repository', () => {
    const facts = { repositories: [local], networkSteadyMs: 0 };
    expect(reasons({ network: 'unmetered' }, { ...facts, ...network({ online: false, metered: true }) })).toEqual([]);
    expect(reasons({ network: 'any' }, { ...facts, ...network({ online: false }) })).toEqual([]);
  });

  it('minds being metered and the battery only when asked to', () => {
    expect(reasons({ network: 'any' }, network({ metered: true }))).toEqual([]);
    expect(reasons({}, power({ onBattery: true, batteryPercent: 1 }))).toEqual([]);
    expect(reasons(allowsBattery, power({ onBattery: false, batteryPercent: 10 })), 'plugged in').toEqual([]);
    expect(reasons(allowsBattery, power({ onBattery: true, batteryPercent: 50 }))).toEqual([]);
  });

  it('a cable is fine where some Wi-Fi networks are named', () => {
    expect(reasons(strict, network({ wifiName: undefined }))).toEqual([]);
    expect(reasons({ wifiNames: [] }, network({ wifiName: 'Café' }))).toEqual([]);
  });

  it('does not say that nothing remote is reachable offline', () => {
    const facts = { ...network({ online: false }), repositories: [{ ...remote, reachable: false }] };
    expect(reasons({}, facts)).toEqual([{ type: 'offline' }]);
  });

  it('gives all reasons at once', () => {
    const facts = { minuteOfDay: 0, ...power({ onBattery: true }), ...network({ metered: true, wifiName: 'x' }) };
    expect(reasons(strict, facts).map(({ type }) => type)).toEqual(['quiet-hours', 'on-battery', 'metered', 'wifi']);
  });
});

describe('findQuietHours', () => {
  const at = (from: string, to: string, time: string): boolean => {
    const [hours, minutes] = time.split(':').map(Number);
    return findQuietHours([{ from, to }], hours! * 60 + minutes!) !== undefined;
  };

  it.each([
    ['09:00', '17:00', '08:59', false],
    ['09:00', '17:00', '09:00', true],
    ['09:00', '17:00', '16:59', true],
    ['09:00', '17:00', '17:00', false],
    ['22:00', '06:00', '21:59', false],
    ['22:00', '06:00', '23:59', true],
    ['22:00', '06:00', '00:00', true],
    ['22:00', '06:00', '06:00', false],
    ['10:00', '10:00', '10:00', false],
  ])('%s to %s at %s: %s', (from, to, time, quiet) => {
    expect(at(from, to, time)).toBe(quiet);
  });

  it('goes by the clock on the wall, also where it is put forward', () => {
    const minuteAt = (time: string) => localMinuteOfDay(new Date(time), 'Europe/Berlin');
    expect(minuteAt('2026-03-29T00:59:00Z')).toBe(1 * 60 + 59);
    expect(minuteAt('2026-03-29T01:00:00Z')).toBe(3 * 60);
    expect(minuteAt('2026-06-30T22:00:00Z')).toBe(0);
    const now = new Date(2026, 0, 5, 14, 7);
    expect(localMinuteOfDay(now, undefined)).toBe(14 * 60 + 7);
  });
});

describe('reasonText', () => {
  it('names what it is about', () => {
    const wifi = { type: 'wifi', wifiName: 'Café', allowed: ['A', 'B', 'C'] } as const;
    expect(reasonText(wifi)).toBe('This computer is on the Wi-Fi "Café", and it only runs on "A", "B" or "C".');
    const unreachable = { type: 'repository-unreachable', repositoryId: 'x', name: 'NAS', why: 'refused' } as const;
    expect(reasonText(unreachable)).toBe('The repository "NAS" cannot be reached (refused).');
  });
});
