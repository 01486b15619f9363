/**
 * Whether this desktop shows tray icons. On Linux that is whoever owns the name `org.kde.StatusNotifierWatcher` on the session
 * bus (StatusNotifierItem specification, "Services"): Electron does not tell, and its icon would just be nowhere. On macOS and
 * Windows there is always a place for them.
 */
import { type RunProgram, runProgram } from './run-program.ts';

export interface TrayHostOptions {
  readonly platform?: NodeJS.Platform;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly run?: RunProgram;
}

const watcher = 'org.kde.StatusNotifierWatcher';
const bus = ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'] as const;
/** Each asks the bus in its own words, and at least one is part of any desktop (systemd, GLib, D-Bus itself). */
const questions: readonly (readonly [string, readonly string[]])[] = [
  ['busctl', ['--user', 'call', ...bus, 'NameHasOwner', 's', watcher]],
  ['gdbus', ['call', '--session', '-d', bus[0], '-o', bus[1], '-m', `${bus[2]}.NameHasOwner`, watcher]],
  [
    'dbus-send',
    ['--session', '--print-reply', `--dest=${bus[0]}`, bus[1], `${bus[2]}.NameHasOwner`, `string:${watcher}`],
  ],
];

/** Undefined where nobody can say. Rejects only when cancelled. */
export async function hasTrayHost(signal: AbortSignal, options: TrayHostOptions = {}): Promise<boolean | undefined> {
  const { platform = process.platform, environment = process.env, run = runProgram } = options;
  if (platform === 'darwin' || platform === 'win32') return true;
  if (!environment.DISPLAY && !environment.WAYLAND_DISPLAY) return false;
  for (const [program, args] of questions) {
    const { code, stdout } = await run(program, args, { signal, timeoutMs: 2_000 });
    const said = /\b(true|false)\b/.exec(stdout)?.[1];
    if (code === 0 && said !== undefined) return said === 'true';
  }
  return undefined;
}
