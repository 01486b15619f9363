/** What `plan edit --clear` empties. */
import type { PlanInput } from '../../config/plan.ts';
import { parseChoice } from '../options.ts';

export const clearable = [
  'excludes',
  'presets',
  'larger-than',
  'before',
  'after',
  'on-failure',
  'tags',
  'conditions',
  'network',
  'wifi',
  'battery',
  'require-path',
  'quiet-hours',
] as const;

/** The plan without that. @throws `invalid-input`, which lists what there is */
export function clear(plan: PlanInput, text: string): PlanInput {
  const { excludes, hooks, conditions } = plan;
  const { largerThanBytes: _larger, ...anySize } = excludes;
  const { network: _network, ...anyNetwork } = conditions;
  const { wifiNames: _wifi, ...anyWifi } = conditions;
  const { notOnBattery: _not, minBatteryPercent: _min, ...anyPower } = conditions;
  const { requirePaths: _paths, ...anyPlace } = conditions;
  const { quietHours: _hours, ...anyTime } = conditions;
  const cleared: Record<(typeof clearable)[number], Partial<PlanInput>> = {
    excludes: { excludes: { ...excludes, patterns: [] } },
    presets: { excludes: { ...excludes, presets: [] } },
    'larger-than': { excludes: anySize },
    before: { hooks: { ...hooks, before: [] } },
    after: { hooks: { ...hooks, after: [] } },
    'on-failure': { hooks: { ...hooks, onFailure: [] } },
    tags: { tags: [] },
    conditions: { conditions: {} },
    network: { conditions: anyNetwork },
    wifi: { conditions: anyWifi },
    battery: { conditions: anyPower },
    'require-path': { conditions: anyPlace },
    'quiet-hours': { conditions: anyTime },
  };
  return { ...plan, ...cleared[parseChoice('--clear', text.trim(), clearable)] };
}
