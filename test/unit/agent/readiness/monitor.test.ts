import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ReadinessMonitor, type ReadinessSubject } from '../../../../src/agent/readiness/monitor.ts';
import type { Reachability } from '../../../../src/agent/readiness/reachability.ts';
import { systemClock } from '../../../../src/base/clock.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import type { Conditions } from '../../../../src/config/conditions.ts';
import { type NetworkStatus, systemNetwork } from '../../../../src/platform/network.ts';
import { type PowerStatus, systemPower } from '../../../../src/platform/power.ts';
import { type Presence, systemPresence } from '../../../../src/platform/presence.ts';
import { WakeWatch } from '../../../../src/platform/wake.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const { signal } = new AbortController();

/** A host whose state is what the test sets. */
class Host {
  readonly clock = new FakeClock('2026-03-01T12:00:00Z');
  readonly wake = new WakeWatch({ clock: this.clock });
  network: NetworkStatus = { online: true, metered: false, wifiName: 'Home' };
  power: PowerStatus = { onBattery: false, batteryPercent: 80 };
  presence: Presence = 'present';
  probe: (id: string, signal: AbortSignal) => Promise<Reachability> = async () => ({ reachable: true });
  readonly asked: string[] = [];
  subjects: ReadinessSubject[] = [];

  readonly monitor = new ReadinessMonitor({
    clock: this.clock,
    wake: this.wake,
    timeZone: 'UTC',
    subjects: () => this.subjects,
    network: { status: async () => this.#note('network', this.network) },
    power: { status: async () => this.#note('power', this.power) },
    presence: { presence: async (path) => this.#note(`path ${path}`, this.presence) },
    probe: (id, limit) => this.#note(`probe ${id}`, this.probe(id, limit)),
  });

  #note<T>(name: string, value: T): T {
    this.asked.push(name);
    return value;
  }
}

const remote = { id: 'nas', name: 'NAS', isRemote: true };
const local = { id: 'usb', name: 'USB disk', isRemote: false };

/** Runs the monitor around a test; `changes()` is how often it told since the last call. */
async function watching(
  conditions: Conditions,
  test: (host: Host, subject: ReadinessSubject, changes: () => number) => Promise<void>,
  repositories: ReadinessSubject['repositories'] = [remote, local],
): Promise<void> {
  const host = new Host();
  const subject = { conditions, repositories };
  host.subjects = [subject];
  let told = 0;
  host.monitor.subscribe(() => told++);
  const stop = new AbortController();
  const running = host.monitor.run(stop.signal);
  await host.clock.advance(0);
  const changes = (): number => {
    const count = told;
    told = 0;
    return count;
  };
  try {
    await test(host, subject, changes);
  } finally {
    stop.abort();
    await running;
  }
  expect(host.clock.sleeping).toBe(0);
}

async function typesOf(host: Host, subject: ReadinessSubject): Promise<string[]> {
  const readiness = await host.monitor.readiness(subject, signal);
  return readiness.ready ? [] : readiness.reasons.map(({ type }) => type);
}

describe('ReadinessMonitor tells', () => {
  it.each<[string, Conditions, (host: Host) => void, string]>([
    ['the network', {}, (host) => (host.network = { ...host.network, online: false }), 'offline'],
    ['metered', { network: 'unmetered' }, (host) => (host.network = { ...host.network, metered: true }), 'metered'],
    ['the Wi-Fi', { wifiNames: ['Home'] }, (host) => (host.network = { ...host.network, wifiName: 'x' }), 'wifi'],
    ['power', { notOnBattery: true }, (host) => (host.power = { ...host.power, onBattery: true }), 'on-battery'],
    [
      'the battery',
      { minBatteryPercent: 90 },
      (host) => (host.power = { ...host.power, onBattery: true }),
      'battery-low',
    ],
    ['a path', { requirePaths: ['/data'] }, (host) => (host.presence = 'missing'), 'path-missing'],
  ])('that %s changed, at the next poll', async (_, conditions, change, reason) => {
    await watching(conditions, async (host, subject, changes) => {
      await host.clock.advance(60_000);
      expect(changes()).toBe(0);
      expect(await typesOf(host, subject)).toEqual([]);
      change(host);
      await host.clock.advance(30_000);
      expect(changes()).toBe(1);
      expect(await typesOf(host, subject)).toContain(reason);
    });
  });

  it('that quiet hours began and ended', async () => {
    await watching({ quietHours: [{ from: '12:10', to: '12:20' }] }, async (host, subject, changes) => {
      await host.clock.advance(10 * 60_000);
      expect(changes()).toBe(1);
      expect(await typesOf(host, subject)).toEqual(['quiet-hours']);
      await host.clock.advance(10 * 60_000);
      expect(changes()).toBe(1);
      expect(await typesOf(host, subject)).toEqual([]);
    });
  });

  it('that what somebody saw missing is back, though no poll saw it missing', async () => {
    await watching({ requirePaths: ['/data'] }, async (host, subject, changes) => {
      await host.clock.advance(40_000);
      host.presence = 'missing';
      expect(await typesOf(host, subject)).toEqual(['path-missing']);
      host.presence = 'present';
      await host.clock.advance(30_000);
      expect(changes()).toBe(1);
      await host.clock.advance(60_000);
      expect(changes()).toBe(0);
    });
  });

  it('at once when told to look', async () => {
    await watching({}, async (host, _, changes) => {
      host.network = { ...host.network, online: false };
      host.monitor.lookNow();
      await host.clock.advance(0);
      expect(changes()).toBe(1);
    });
  });
});

describe('ReadinessMonitor and a settling network', () => {
  it('a network that comes back is settled after ten seconds, and that is told', async () => {
    await watching({}, async (host, subject, changes) => {
      expect(await typesOf(host, subject), 'the first sight is no change').toEqual([]);
      host.network = { ...host.network, online: false };
      await host.clock.advance(30_000);
      host.network = { ...host.network, online: true };
      host.monitor.lookNow();
      await host.clock.advance(0);
      changes();
      expect(await typesOf(host, subject)).toEqual(['network-unsettled']);
      await host.clock.advance(9_999);
      expect(await typesOf(host, subject)).toEqual(['network-unsettled']);
      expect(changes()).toBe(0);
      await host.clock.advance(1);
      expect(changes()).toBe(1);
      expect(await typesOf(host, subject)).toEqual([]);
    });
  });

  it('after a wake the network must settle anew', async () => {
    await watching({}, async (host, subject, changes) => {
      host.wake.report({ type: 'clock-changed', byMs: 60_000 });
      await host.clock.advance(0);
      expect(await typesOf(host, subject)).toEqual([]);
      host.wake.report({ type: 'woke', sleptMs: 60_000 });
      await host.clock.advance(0);
      expect(changes()).toBe(1);
      expect(await typesOf(host, subject)).toEqual(['network-unsettled']);
      await host.clock.advance(10_000);
      expect(changes()).toBe(1);
      expect(await typesOf(host, subject)).toEqual([]);
    });
  });
});

describe('ReadinessMonitor is polite', () => {
  it('looks at nothing that nobody depends on', async () => {
    const nothing = async (host: Host): Promise<void> => {
      await host.clock.advance(300_000);
      expect(host.asked).toEqual([]);
    };
    await watching({ quietHours: [{ from: '01:00', to: '02:00' }] }, nothing, [local]);
  });

  it('looks at a path of several plans once a poll', async () => {
    const host = new Host();
    const subject = { conditions: { requirePaths: ['/data'] }, repositories: [] };
    host.subjects = [subject, subject];
    const stop = new AbortController();
    const running = host.monitor.run(stop.signal);
    await host.clock.advance(60_000);
    expect(host.asked).toEqual(['path /data', 'path /data', 'path /data']);
    stop.abort();
    await running;
  });

  it('asks repositories before runs, and by itself only those that could not be reached, ever less often', async () => {
    await watching({}, async (host, subject, changes) => {
      await host.clock.advance(300_000);
      expect(host.asked).not.toContain('probe nas');
      host.probe = async (id) => ({ reachable: id !== 'nas' });
      expect(await typesOf(host, subject)).toEqual(['repository-unreachable']);
      host.asked.length = 0;
      await host.clock.advance(3_600_000);
      const probes = host.asked.filter((name) => name.startsWith('probe'));
      expect(new Set(probes)).toEqual(new Set(['probe nas']));
      expect(probes.length).toBeGreaterThan(10);
      expect(probes.length).toBeLessThan(20);
      changes();
      host.probe = async () => ({ reachable: true });
      await host.clock.advance(330_000);
      expect(changes()).toBe(1);
      expect(await typesOf(host, subject)).toEqual([]);
    });
  });

  it('asks a repository anew after a wake', async () => {
    await watching({}, async (host, subject, changes) => {
      host.probe = async () => ({ reachable: false });
      await typesOf(host, subject);
      await host.clock.advance(3_600_000);
      host.asked.length = 0;
      host.wake.report({ type: 'woke', sleptMs: 60_000 });
      await host.clock.advance(0);
      expect(host.asked).toContain('probe nas');
      await host.clock.advance(10_000);
      host.probe = async () => ({ reachable: true });
      changes();
      await host.clock.advance(60_000);
      expect(changes(), 'and again soon').toBe(1);
    });
  });

  it('asks once for plans that start together, and no remote one offline', async () => {
    await watching({}, async (host, subject) => {
      await typesOf(host, subject);
      await typesOf(host, subject);
      expect(host.asked.filter((name) => name === 'probe nas')).toHaveLength(1);
      await host.clock.advance(60_000);
      host.network = { ...host.network, online: false };
      host.asked.length = 0;
      expect(await typesOf(host, subject)).toEqual(['offline']);
      expect(host.asked).not.toContain('probe nas');
      expect(host.asked).toContain('probe usb');
    });
  });
});

describe('ReadinessMonitor with the ports of this machine', () => {
  it('notices that a path came', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('drive');
    const subject = { conditions: { requirePaths: [path], notOnBattery: false }, repositories: [remote] };
    const monitor = new ReadinessMonitor({
      clock: systemClock,
      network: systemNetwork(),
      power: systemPower(),
      presence: systemPresence(),
      probe: async () => ({ reachable: true }),
      subjects: () => [subject],
      pollMs: 5,
    });
    const missing = await monitor.readiness(subject, signal);
    expect(missing).toMatchObject({ ready: false });
    const stop = new AbortController();
    const told = Promise.withResolvers<void>();
    monitor.subscribe(told.resolve);
    const running = monitor.run(stop.signal);
    mkdirSync(path);
    writeFileSync(`${path}/file`, '');
    await told.promise;
    stop.abort();
    await running;
    const { paths } = await monitor.facts(subject, signal);
    expect(paths.get(path)).toBe('present');
  });
});

describe('ReadinessMonitor and probes that fail', () => {
  const reasonsWith = async (probe: Host['probe'], doing = async (_: Host): Promise<void> => undefined) => {
    const host = new Host();
    host.probe = probe;
    const asking = host.monitor.readiness({ conditions: {}, repositories: [remote] }, signal);
    await doing(host);
    return asking;
  };

  it('an error of ours says why, any other is unknown', async () => {
    const refused = await reasonsWith(async () => {
      throw new HoldfastError('network', 'The NAS refuses');
    });
    expect(refused).toMatchObject({ reasons: [{ type: 'repository-unreachable', why: 'The NAS refuses' }] });
    const odd = await reasonsWith(async () => {
      throw new TypeError('a bug');
    });
    expect(odd).toEqual({ ready: true });
  });

  it('one that does not answer is given up, and cancelled', async () => {
    let cancelled = false;
    const probe: Host['probe'] = (_, limit) => {
      limit.addEventListener('abort', () => {
        cancelled = true;
      });
      return new Promise(() => undefined);
    };
    const late = await reasonsWith(probe, (host) => host.clock.advance(20_000));
    expect(late).toMatchObject({ reasons: [{ why: 'no answer in 20 s' }] });
    expect(cancelled).toBe(true);
  });

  it('cancelling rejects with its reason', async () => {
    const host = new Host();
    host.probe = () => new Promise(() => undefined);
    const cancel = new AbortController();
    const asking = host.monitor.readiness({ conditions: {}, repositories: [remote] }, cancel.signal);
    const reason = new Error('stop');
    await host.clock.advance(0);
    cancel.abort(reason);
    await expect(asking).rejects.toBe(reason);
  });
});
