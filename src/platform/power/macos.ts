/** macOS: `pmset -g batt`. Source: pmset(1). Never ran on a Mac. */
import type { PowerPort } from '../power.ts';
import type { RunProgram } from '../run-program.ts';

export function macosPower({ run }: { readonly run: RunProgram }): PowerPort {
  return {
    status: async (signal) => {
      const { stdout } = await run('/usr/bin/pmset', ['-g', 'batt'], { signal });
      const source = /^Now drawing from '(.+)'/m.exec(stdout)?.[1];
      const percent = /^\s*-InternalBattery.*?\s(\d{1,3})%;/m.exec(stdout)?.[1];
      return {
        // 'AC Power', 'Battery Power' or 'UPS Power'.
        onBattery: source === undefined ? 'unknown' : source !== 'AC Power',
        batteryPercent: percent === undefined ? 'unknown' : Math.min(100, Number(percent)),
      };
    },
  };
}
