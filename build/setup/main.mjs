/**
 * What each npm script needs, and what it then runs.
 *
 *   set-up:  install when the lock file changed → build wasm, bundles, the window when their sources changed
 *   run:     under Node 24, in the folder the user called from, with the arguments as they were given
 *
 * Set-up talks on stderr, shortly, and is silent when there is nothing to do.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundles, buildIcons, buildRenderer, buildWasm } from './artifacts.mjs';
import { provideElectron } from './desktop.mjs';
import { ensureInstalled } from './install.mjs';
import { root, SetupError, say } from './project.mjs';
import { runHere, runNode, runProgram } from './run.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const verbs = {
  async start(args) {
    await prepare({ wasm: true, bundles: true, window: true });
    return args.length === 0 ? startDesktop() : runCli(args);
  },
  async holdfast(args) {
    await prepare({ wasm: true });
    return runHere(join(root, 'src/cli/main.ts'), args, callerFolder());
  },
  async test(args) {
    await prepare({ wasm: true, bundles: true, window: true });
    ensureSystemPackages();
    return runNode(join(root, 'build/test.mjs'), args, root);
  },
  async 'test:ceph'(args) {
    await prepare({ wasm: true, bundles: true });
    ensureSystemPackages(['test/support/tools.json', 'test/support/tools-ceph.json']);
    return runNode(join(root, 'build/test.mjs'), ['--project=ceph', ...args], root);
  },
  async screenshots() {
    await prepare({ wasm: true, bundles: true, window: true });
    return runNode(join(root, 'build/screenshots.mjs'), [], root);
  },
  async check(args) {
    await prepare({});
    return runNode(join(root, 'build/check.mjs'), args, root);
  },
  async build() {
    await prepare({ wasm: true, bundles: true, window: true, always: true });
    return 0;
  },
  async package(args) {
    await prepare({ wasm: true, bundles: true, window: true });
    const publish = args.some((arg) => /^(--publish|-p)\b/.test(arg)) ? [] : ['--publish', 'never'];
    const config = ['--config', join(root, 'build/electron-builder.mjs')];
    return runNode(join(root, 'node_modules/electron-builder/cli.js'), [...config, ...publish, ...args], root);
  },
  async 'build:wasm'() {
    await prepare({ wasm: true, always: true });
    return 0;
  },
  async bench(args) {
    await prepare({ wasm: true, bundles: true });
    return runNode(join(root, 'test/bench/run.ts'), args, callerFolder());
  },
  async torture(args) {
    await prepare({ wasm: true, bundles: true });
    return runNode(join(root, 'test/torture/run.ts'), args, callerFolder());
  },
};

/** The window and the tray; where they cannot be had, the agent alone, whose address opens in a browser. */
async function startDesktop() {
  const { program, why } = provideElectron();
  if (program === undefined) return startAgent(why);
  const { ELECTRON_RUN_AS_NODE: _, ...environment } = process.env;
  const startedMs = Date.now();
  const code = await runProgram(program, [root], root, environment);
  if (code === 0 || code >= 128 || Date.now() - startedMs > startMs) return code;
  return startAgent(`Electron ended with code ${code} while it started`);
}

/** What ends with an error within this time has not started. Milliseconds. */
const startMs = 10_000;

function startAgent(why) {
  say(`No window: ${why}. The agent runs without one.`);
  const hasBrowser = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  return runCli(['agent', 'start', ...(hasBrowser ? ['--open'] : [])]);
}

function runCli(args) {
  return runHere(join(root, 'dist/cli.js'), args, callerFolder());
}

/** Runs a verb and sets the exit code of this process. */
export async function main([verb, ...args]) {
  const run = Object.hasOwn(verbs, verb ?? '') ? verbs[verb] : undefined;
  try {
    if (run === undefined) throw new SetupError(`There is no "${verb}". There is: ${Object.keys(verbs).join(', ')}.`);
    const code = await run(args);
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    process.stderr.write(`holdfast: ${error instanceof SetupError ? error.message : (error?.stack ?? error)}\n`);
    process.exitCode = 1;
  }
}

async function prepare({ wasm = false, bundles = false, window = false, always = false }) {
  await ensureInstalled();
  if (wasm) await buildWasm({ always });
  if (bundles) await buildBundles({ always });
  if (window) await buildRenderer({ always });
  if (window) await buildIcons({ always });
}

/** npm runs scripts in the package's folder and keeps where it was called in INIT_CWD. */
function callerFolder() {
  const caller = process.env.INIT_CWD;
  return caller !== undefined && existsSync(caller) ? caller : process.cwd();
}
