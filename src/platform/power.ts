/**
 * What this machine knows of its power. The port, and the adapter of each system. What the host cannot tell is 'unknown':
 * so too where no source of power is known at all, as a virtual machine sees none of the laptop that it runs on.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { linuxPower } from './power/linux.ts';
import { macosPower } from './power/macos.ts';
import { windowsPower } from './power/windows.ts';
import { type RunProgram, runProgram } from './run-program.ts';

export interface PowerStatus {
  readonly onBattery: boolean | 'unknown';
  /** 0 to 100, of all batteries of the machine together (those of mice and headsets do not count). */
  readonly batteryPercent: number | 'unknown';
}

export interface PowerPort {
  /** Rejects only when cancelled. */
  status(signal: AbortSignal): Promise<PowerStatus>;
}

export const unknownPower: PowerStatus = { onBattery: 'unknown', batteryPercent: 'unknown' };

export interface SystemPowerOptions {
  readonly platform?: NodeJS.Platform;
  readonly clock?: Clock;
  readonly run?: RunProgram;
}

/** This machine's power. */
export function systemPower(options: SystemPowerOptions = {}): PowerPort {
  const { platform = process.platform, clock = systemClock, run = runProgram } = options;
  if (platform === 'linux') return linuxPower();
  if (platform === 'darwin') return macosPower({ run });
  if (platform === 'win32') return windowsPower({ run, clock });
  return { status: async () => unknownPower };
}
