/** Asks Windows by a script of its own PowerShell (5.1, which every Windows has and which reaches WinRT), answered as JSON. */
import type { RunProgram } from './run-program.ts';

/** PowerShell takes about a second to start on a slow machine. */
const TIMEOUT_MS = 20_000;

/** What the script printed, parsed; undefined where it failed or printed no JSON. */
export async function askPowerShell(script: string, run: RunProgram, signal: AbortSignal): Promise<unknown> {
  const whole = `$ProgressPreference='SilentlyContinue';[Console]::OutputEncoding=[Text.Encoding]::UTF8;${script}`;
  const { code, stdout } = await run('powershell.exe', powerShellArguments(whole), { signal, timeoutMs: TIMEOUT_MS });
  if (code !== 0) return undefined;
  try {
    return JSON.parse(stdout.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** A script travels in base64 (of UTF-16), so that no quoting rules apply to it. */
export function powerShellArguments(script: string): string[] {
  const encoded = Buffer.from(script, 'utf16le').toString('base64');
  return ['-NoLogo', '-NoProfile', '-NonInteractive', '-EncodedCommand', encoded];
}
