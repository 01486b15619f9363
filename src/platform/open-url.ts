/**
 * Opens a URL or a file by the program that the user's desktop has for it: `xdg-open`, `open`, or Windows' own handler.
 */
import { HoldfastError } from '../base/errors.ts';
import { askPowerShell } from './powershell.ts';
import { type RunProgram, runProgram } from './run-program.ts';

export interface OpenUrlOptions {
  readonly platform?: NodeJS.Platform;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly run?: RunProgram;
}

/**
 * Whether something took it. False where there is no display, no such program, or it knows nothing that opens this.
 *
 * @param target http, https or file URL, or an absolute path; anything else is refused, as a desktop may run what it names
 * @throws `invalid-input` for another target
 */
export async function openUrl(target: string, signal: AbortSignal, options: OpenUrlOptions = {}): Promise<boolean> {
  const { platform = process.platform, environment = process.env, run = runProgram } = options;
  checkTarget(target);
  if (platform === 'win32') return openOnWindows(target, run, signal);
  if (platform !== 'darwin' && !environment.DISPLAY && !environment.WAYLAND_DISPLAY) return false;
  const program = platform === 'darwin' ? '/usr/bin/open' : 'xdg-open';
  const { code } = await run(program, [target], { signal, timeoutMs: 10_000 });
  // Some desktops' programs stay until the browser is closed: one that was still there was not refused.
  return code === 0 || code === 'killed';
}

function checkTarget(target: string): void {
  const isUrl = /^(https?|file):\/\/\S+$/.test(target) && URL.canParse(target);
  if (isUrl || /^(\/|[A-Za-z]:[\\/])/.test(target)) return;
  throw new HoldfastError('invalid-input', `"${target}" is no web address and no absolute path, and is not opened.`);
}

/** Not by `cmd /c start`: its quoting takes & and % apart. */
async function openOnWindows(target: string, run: RunProgram, signal: AbortSignal): Promise<boolean> {
  const name = `'${target.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
  const script = `Start-Process -FilePath ${name} -ErrorAction Stop; 'true'`;
  return (await askPowerShell(script, run, signal)) === true;
}
