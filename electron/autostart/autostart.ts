/**
 * Start at login: the system's own list on macOS and Windows (Electron's login items); on Linux a file in
 * $XDG_CONFIG_HOME/autostart (Desktop Application Autostart Specification).
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { HoldfastError } from '../../src/base/errors.ts';
import { hiddenArgument } from '../app/launch.ts';

/** What is used of Electron's `app`. */
export interface LoginItems {
  getLoginItemSettings(options: { readonly args: string[] }): { readonly openAtLogin: boolean };
  setLoginItemSettings(settings: { readonly openAtLogin: boolean; readonly args: string[] }): void;
}

export interface AutostartOptions {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The words that start this program. */
  readonly command: readonly [string, ...string[]];
  readonly loginItems: LoginItems;
}

export interface Autostart {
  isOn(): boolean;
  /** @throws HoldfastError if it cannot be written */
  set(on: boolean): void;
}

export function autostartOf(options: AutostartOptions): Autostart {
  const { platform, loginItems } = options;
  if (platform === 'linux') return desktopFileAutostart(options);
  const args = [hiddenArgument];
  return {
    isOn: () => loginItems.getLoginItemSettings({ args }).openAtLogin,
    set: (openAtLogin) => loginItems.setLoginItemSettings({ openAtLogin, args }),
  };
}

function desktopFileAutostart({ environment, home, command }: AutostartOptions): Autostart {
  const { XDG_CONFIG_HOME: xdg } = environment;
  const config = xdg !== undefined && posix.isAbsolute(xdg) ? xdg : join(home, '.config');
  const path = join(config, 'autostart', 'holdfast.desktop');
  return {
    isOn: () => isEnabled(readText(path)),
    set: (on) => {
      try {
        if (!on) return rmSync(path, { force: true });
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, autostartFile([...command, hiddenArgument]));
      } catch (error) {
        throw new HoldfastError('io', `${path} cannot be written.`, {
          hint: 'Let your desktop start Holdfast at login by its own settings.',
          cause: error,
        });
      }
    },
  };
}

/** Desktops turn an entry off by these keys, and leave the file. */
function isEnabled(text: string | undefined): boolean {
  return text !== undefined && !/^Hidden=true\s*$/m.test(text) && !/^X-GNOME-Autostart-enabled=false\s*$/m.test(text);
}

/** Desktop Entry Specification. */
export function autostartFile(command: readonly string[]): string {
  return `[Desktop Entry]
Type=Application
Name=Holdfast
Comment=Backups of your folders
Exec=${command.map(execWord).join(' ')}
Icon=holdfast
Terminal=false
X-GNOME-Autostart-enabled=true
`;
}

/**
 * A word of the key Exec ("The Exec key"): in double quotes, with `"`, `` ` ``, `$` and `\` escaped and `%` doubled; then once
 * more as any text of such a file, where `\` begins an escape.
 */
function execWord(word: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f\x7f]/.test(word))
    throw new HoldfastError('invalid-input', `${JSON.stringify(word)} cannot be started at login.`);
  const quoted = /^[\w@+=:,./-]+$/.test(word) ? word : `"${word.replace(/["`$\\]/g, '\\$&')}"`;
  return quoted.replaceAll('%', '%%').replaceAll('\\', '\\\\');
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
