/**
 * `npm test` after set-up: the checks, all tests by vitest but those with Ceph and README's pictures, then the shortened torture. Each runs whatever the others said.
 * The last line is "N passed, N failed" (and how many were skipped): tests, checks and the torture counted together.
 *
 * The command line that tests start is then the built one, which is what users get, and starts in a third of the time.
 *
 * With arguments (`npm test -- test/unit/format -t name`): only vitest, with them, and the command line from its sources.
 *
 * Every process of a run keeps what Node made of its sources for the others (NODE_COMPILE_CACHE): each thread that works from sources would
 * take the types out of a hundred files anew, half a second.
 *
 * In a whole run the temporary files of vitest's tests but e2e (HOLDFAST_TEST_MEMORY, see vitest.config.ts) lie in memory where there is
 * plenty (Linux), unless TMPDIR says where: making and removing thousands of small repositories costs a disk's file system much of the
 * processor's time. The torture works on the disk.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChecks } from './check.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const chosen = process.argv.slice(2);
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/node-compile');
const gib = 2 ** 30;
/** The type of a file system in memory (statfs(2)). */
const tmpfs = 0x01021994;
const total = { passed: 0, failed: 0, skipped: 0 };

if (chosen.length === 0) {
  startBuiltCommand();
  add(await runChecks());
}
add(runVitest(chosen.length === 0 ? ['--project=!ceph', '--project=!pictures'] : chosen));
if (chosen.length === 0) add(runTorture());

process.stdout.write(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`,
);
process.exitCode = total.failed === 0 ? 0 : 1;

function add({ passed, failed, skipped = 0 }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

/** See test/support/holdfast.ts, which divides the words at spaces. */
function startBuiltCommand() {
  const words = [process.execPath, join(root, 'dist/cli.js')];
  if (!words.some((word) => word.includes(' '))) process.env.HOLDFAST_TEST_COMMAND ??= words.join(' ');
}

function run(script, args, env = process.env) {
  return spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit', env }).status;
}

/** A new folder in memory; undefined where there is not plenty of it. */
function folderInMemory() {
  const memory = '/dev/shm';
  try {
    accessSync(memory, constants.W_OK);
    const { type, bavail, bsize } = statfsSync(memory);
    const isPlenty = type === tmpfs && bavail * bsize > 8 * gib && process.availableMemory() > 12 * gib;
    if (!isPlenty) return undefined;
    removeLeftBehind(memory);
    const folder = mkdtempSync(join(memory, `hf-${process.pid}-`)); // short: sockets lie below it
    chmodSync(folder, 0o1777); // database servers work in it as other users
    return folder;
  } catch {
    return undefined;
  }
}

/** Of runs that were killed. */
function removeLeftBehind(memory) {
  for (const name of readdirSync(memory)) {
    const [, pid] = /^hf-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(memory, name), { recursive: true, force: true });
  }
}

/** Counts from vitest's report. A run that failed otherwise (an error outside of tests, a crash) counts as one failure. */
function runVitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  const inMemory = chosen.length === 0 && process.env.TMPDIR === undefined ? folderInMemory() : undefined;
  const env = { ...process.env, ...(inMemory === undefined ? {} : { HOLDFAST_TEST_MEMORY: inMemory }) };
  try {
    const file = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const status = run(join(root, 'node_modules/vitest/vitest.mjs'), ['run', ...reporters, ...args], env);
    if (!existsSync(file)) return { passed: 0, failed: 1 };
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const brokenFiles = report.testResults.filter(
      (result) => result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed'),
    ).length;
    const failed = report.numFailedTests + brokenFiles;
    return {
      passed: report.numPassedTests,
      failed: status !== 0 && failed === 0 ? 1 : failed,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } finally {
    for (const path of [folder, inMemory]) if (path !== undefined) rmSync(path, { recursive: true, force: true });
  }
}

function runTorture() {
  const script = join(root, 'test/torture/run.ts');
  if (!existsSync(script)) return { passed: 0, failed: 0 };
  const passed = run(script, ['--short']) === 0;
  return passed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}
