/**
 * Whether something may run now: a pure function of what was asked for and what is known. It asks nobody and keeps nothing;
 * monitor.ts gathers the facts. What is unknown never holds anything up.
 */
import type { Conditions } from '../../config/conditions.ts';
import type { NetworkStatus } from '../../platform/network.ts';
import type { PowerStatus } from '../../platform/power.ts';
import type { Presence } from '../../platform/presence.ts';
import { findQuietHours } from './quiet-hours.ts';
import type { ReadinessReason } from './reasons.ts';

/** The network counts as settled when it has been up for so long: name servers and VPNs come a little later than addresses. */
export const networkSettleMs = 10_000;

export interface ReadinessFacts {
  /** Local time, 0 to 1439. */
  readonly minuteOfDay: number;
  readonly network: NetworkStatus;
  /** How long `network.online` has been as it is without a change or a wake; Infinity if none was seen. */
  readonly networkSteadyMs: number;
  readonly power: PowerStatus;
  /** Of the paths that the conditions require. */
  readonly paths: ReadonlyMap<string, Presence>;
  readonly repositories: readonly RepositoryFact[];
  /** What is to run is reached over the network itself. */
  readonly isRemote?: boolean;
}

export interface RepositoryFact {
  readonly id: string;
  readonly name: string;
  /** Reached over the network; others need none. */
  readonly isRemote: boolean;
  readonly reachable: boolean | 'unknown';
  /** Why it is not reachable: a few words. */
  readonly why?: string;
}

export type Readiness =
  | { readonly ready: true }
  | { readonly ready: false; readonly reasons: readonly ReadinessReason[] };

/** All reasons, the ones that the user can do most about first. */
export function evaluateReadiness(conditions: Conditions, facts: ReadinessFacts): Readiness {
  const reasons = [
    ...quietReasons(conditions, facts),
    ...pathReasons(conditions, facts),
    ...powerReasons(conditions, facts),
    ...networkReasons(conditions, facts),
    ...repositoryReasons(facts),
  ];
  return reasons.length === 0 ? { ready: true } : { ready: false, reasons };
}

function quietReasons({ quietHours }: Conditions, { minuteOfDay }: ReadinessFacts): ReadinessReason[] {
  const hours = findQuietHours(quietHours, minuteOfDay);
  return hours === undefined ? [] : [{ type: 'quiet-hours', ...hours }];
}

function pathReasons({ requirePaths }: Conditions, { paths }: ReadinessFacts): ReadinessReason[] {
  return (requirePaths ?? []).flatMap((path): ReadinessReason[] => {
    const presence = paths.get(path);
    if (presence !== 'missing' && presence !== 'not-mounted') return [];
    return [{ type: 'path-missing', path, notMounted: presence === 'not-mounted' }];
  });
}

function powerReasons(conditions: Conditions, { power }: ReadinessFacts): ReadinessReason[] {
  if (power.onBattery !== true) return [];
  if (conditions.notOnBattery === true) return [{ type: 'on-battery' }];
  const { minBatteryPercent: atLeastPercent } = conditions;
  const percent = power.batteryPercent;
  if (atLeastPercent === undefined || percent === 'unknown' || percent >= atLeastPercent) return [];
  return [{ type: 'battery-low', percent, atLeastPercent }];
}

/** Offline, unsettled and metered concern what is reached over the network; the Wi-Fi is also a place. */
function networkReasons(conditions: Conditions, facts: ReadinessFacts) {
  const { network, networkSteadyMs, repositories } = facts;
  const reasons: ReadinessReason[] = [];
  if (facts.isRemote === true || repositories.some(({ isRemote }) => isRemote)) {
    if (network.online === false) reasons.push({ type: 'offline' });
    else if (network.online === true && networkSteadyMs < networkSettleMs) reasons.push({ type: 'network-unsettled' });
    if (conditions.network === 'unmetered' && network.metered === true) reasons.push({ type: 'metered' });
  }
  const { wifiNames: allowed = [] } = conditions;
  const { wifiName } = network;
  if (allowed.length > 0 && wifiName !== undefined && wifiName !== 'unknown' && !allowed.includes(wifiName)) {
    reasons.push({ type: 'wifi', wifiName, allowed });
  }
  return reasons;
}

/** That nothing remote is reachable offline goes without saying. */
function repositoryReasons({ repositories, network }: ReadinessFacts): ReadinessReason[] {
  return repositories
    .filter(({ reachable, isRemote }) => reachable === false && !(isRemote && network.online === false))
    .map(({ id, name, why }) => ({
      type: 'repository-unreachable',
      repositoryId: id,
      name,
      ...(why === undefined ? {} : { why }),
    }));
}
