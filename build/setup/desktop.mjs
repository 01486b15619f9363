/**
 * Whether `npm start` can show a window, and where Electron's program is: by path, never by importing the package, which would
 * download it. Where it is missing it is fetched, once, in bounded time; when that fails it is not tried again for a day.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary } from './install.mjs';
import { readState, root, say, writeState } from './project.mjs';

const packageFolder = 'node_modules/electron';
const stateFile = 'node_modules/.holdfast-electron.json';
const fetchMinutes = 3;
const againAfterMs = 24 * 3_600_000;

/** Why there is no window here whatever is installed, or undefined. */
export function noWindowHere({ platform, environment, uid }) {
  if (platform !== 'linux') return undefined;
  if (!environment.DISPLAY && !environment.WAYLAND_DISPLAY) return 'there is no display';
  return uid === 0 ? 'it is not opened as root' : undefined;
}

/** The path of Electron's program, or undefined where it is not installed. @param folder of the package `electron` */
export function findElectron(folder = join(root, packageFolder), environment = process.env) {
  const { ELECTRON_OVERRIDE_DIST_PATH: other } = environment;
  const program = join(other || join(folder, 'dist'), programName(folder));
  return existsSync(program) ? program : undefined;
}

/** As the package's install script noted it. */
function programName(folder) {
  try {
    return readFileSync(join(folder, 'path.txt'), 'utf8').trim();
  } catch {
    return 'electron';
  }
}

/** `{ program }`, or `{ why }` there is no window. */
export function provideElectron() {
  const why = noWindowHere({ platform: process.platform, environment: process.env, uid: process.getuid?.() });
  if (why !== undefined) return { why };
  const program = findElectron() ?? fetchElectron();
  return program === undefined ? { why: "Electron's program could not be fetched" } : { program };
}

function fetchElectron() {
  const { failedAtMs = 0 } = readState(stateFile);
  if (process.env.ELECTRON_SKIP_BINARY_DOWNLOAD || Math.abs(Date.now() - failedAtMs) < againAfterMs) return undefined;
  say(`Fetching Electron (at most ${fetchMinutes} minutes) …`);
  const script = join(root, packageFolder, 'install.js');
  spawnSync(nodeBinary, [script], {
    cwd: root,
    stdio: 'ignore',
    timeout: fetchMinutes * 60_000,
    killSignal: 'SIGKILL',
  });
  const program = findElectron();
  writeState(stateFile, program === undefined ? { failedAtMs: Date.now() } : {});
  return program;
}
