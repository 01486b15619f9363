import { expect, it } from 'vitest';
import { ratesAt } from '../../../src/agent/bandwidth.ts';
import { settingsSchema } from '../../../src/config/settings.ts';

const at = (hours: number, minutes = 0) => new Date(2026, 2, 3, hours, minutes);
const bandwidth = (settings: object) => settingsSchema.parse({ bandwidth: settings }).bandwidth;

it('limits hold, but for the times at full speed', () => {
  const limited = bandwidth({ upKibPerSecond: 500, downKibPerSecond: 2, fullSpeed: [{ from: '22:00', to: '06:00' }] });
  expect(ratesAt(limited, at(21, 59))).toEqual({ up: 512_000, down: 2048 });
  expect(ratesAt(limited, at(22))).toEqual({});
  expect(ratesAt(limited, at(5, 59))).toEqual({});
  expect(ratesAt(limited, at(6))).toEqual({ up: 512_000, down: 2048 });
});

it('there is none unless it was set', () => {
  expect(ratesAt(bandwidth({}), at(12))).toEqual({});
  expect(ratesAt(bandwidth({ upKibPerSecond: 1 }), at(12))).toEqual({ up: 1024 });
});
