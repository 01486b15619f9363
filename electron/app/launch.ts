/** How the shell begins: with a window, unless it was started at login and there is a tray to be found in. */

export interface LaunchFacts {
  readonly platform: NodeJS.Platform;
  readonly argv: readonly string[];
  /** macOS says so itself, and passes no arguments. */
  readonly openedAtLogin: boolean;
}

/** The argument that entries for login carry. */
export const hiddenArgument = '--hidden';

/** Whether whoever started it wants no window. */
export function isHiddenLaunch({ platform, argv, openedAtLogin }: LaunchFacts): boolean {
  return argv.includes(hiddenArgument) || (platform === 'darwin' && openedAtLogin);
}

/** @param hasTray undefined when nobody knows: then better a window that nobody asked for than a program that is nowhere */
export function showsWindow(isHidden: boolean, hasTray: boolean | undefined): boolean {
  return !isHidden || hasTray !== true;
}

/** A second start ends, and the first one shows its window: unless it was another start at login. */
export function secondStartShowsWindow(argv: readonly string[]): boolean {
  return !argv.includes(hiddenArgument);
}

/** The reason for not starting, or undefined. Chromium has no sandbox for root, and Holdfast has no window without one. */
export function cannotStart({
  platform,
  uid,
}: {
  readonly platform: NodeJS.Platform;
  readonly uid: number | undefined;
}): string | undefined {
  if (platform !== 'linux' || uid !== 0) return undefined;
  return 'the window is not opened as root: start it as yourself, or run "holdfast agent start"';
}
