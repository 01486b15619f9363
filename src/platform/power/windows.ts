/**
 * Windows: CIM's Win32_Battery (charge, state) and BatteryStatus (whether the line is there), by one script that is not run
 * more than once a minute. Source: Microsoft's reference of Win32_Battery. Never ran on Windows.
 */
import type { Clock } from '../../base/clock.ts';
import type { PowerPort, PowerStatus } from '../power.ts';
import { askPowerShell } from '../powershell.ts';
import type { RunProgram } from '../run-program.ts';

const script = `
$batteries = @(Get-CimInstance -ClassName Win32_Battery -ErrorAction Stop)
$lines = @(Get-CimInstance -Namespace root/wmi -ClassName BatteryStatus -ErrorAction SilentlyContinue)
@{ states = @($batteries | ForEach-Object { [int]$_.BatteryStatus })
  percents = @($batteries | ForEach-Object { [int]$_.EstimatedChargeRemaining })
  line = @($lines | ForEach-Object { [bool]$_.PowerOnline }) } | ConvertTo-Json -Compress`;

const keptMs = 60_000;

export function windowsPower({ run, clock }: { readonly run: RunProgram; readonly clock: Clock }): PowerPort {
  let kept: { readonly status: PowerStatus; readonly untilMs: number } | undefined;
  return {
    status: async (signal) => {
      signal.throwIfAborted();
      if (kept !== undefined && clock.monotonicMs() < kept.untilMs) return kept.status;
      const status = readAnswer(await askPowerShell(script, run, signal));
      kept = { status, untilMs: clock.monotonicMs() + keptMs };
      return status;
    },
  };
}

function readAnswer(answer: unknown): PowerStatus {
  const facts: Readonly<Record<string, unknown>> = typeof answer === 'object' && answer !== null ? { ...answer } : {};
  const percents = listOf(facts.percents).filter((percent) => typeof percent === 'number');
  return {
    onBattery: onBattery(listOf(facts.states), listOf(facts.line)),
    batteryPercent:
      percents.length === 0
        ? 'unknown'
        : Math.min(100, Math.round(percents.reduce((sum, percent) => sum + percent, 0) / percents.length)),
  };
}

/** Win32_Battery.BatteryStatus: 1 discharging, 4 low, 5 critical; 2, 3 and 6 to 9 with the line there; others say nothing. */
function onBattery(states: readonly unknown[], line: readonly unknown[]): PowerStatus['onBattery'] {
  if (line.includes(true)) return false;
  if (line.includes(false)) return true;
  if (states.some((state) => state === 1 || state === 4 || state === 5)) return true;
  return states.some((state) => [2, 3, 6, 7, 8, 9].includes(Number(state))) ? false : 'unknown';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
