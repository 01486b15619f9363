/** Row 14: files that change, vanish or cannot be read are listed, never plain success, and everything else is saved. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { makeTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import type { ProcessResult } from '../support/run-process.ts';
import { runOk } from '../support/run-process.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { checkQuickly } from './judge.ts';
import { mustBeZero, type TortureRow } from './row.ts';
import { runTraced } from './tracing.ts';

export const row: TortureRow = {
  row: 14,
  promise: 'Changing, vanishing, unreadable file: never plain success',
  async run({ seed, log }) {
    await using shared = await sharedRepository({ seed });
    const source = shared.folder.at('source');
    makeTree(source, { files: 20, bytes: 500_000, seed });
    const victim = shared.folder.at('source', 'victim');
    const original = seededRandom(seed).bytes(9_000_000);
    writeFileSync(victim, original);
    await shared.holdfast.backup([source]);
    const wrong: string[] = [];
    const args = ['backup', '--json', '--force', source];
    const traps: Record<string, () => Promise<ProcessResult>> = {
      'EIO at open': () => runTraced(shared, args, { inject: ['openat:error=EIO'], paths: [victim] }),
      'EIO at the first read': () => runTraced(shared, args, { inject: ['read,pread64:error=EIO'], paths: [victim] }),
      'EIO at the second read': () =>
        runTraced(shared, args, { inject: ['read,pread64:error=EIO:when=2+'], paths: [victim] }),
      'vanishes before it is opened': () =>
        runTraced(shared, args, { inject: ['openat:error=ENOENT'], paths: [victim] }),
      'forbidden at open': () => runTraced(shared, args, { inject: ['openat:error=EACCES'], paths: [victim] }),
    };
    const changes: Record<string, () => void> = {
      'grows while it is read': () => appendFileSync(victim, Buffer.alloc(777_777, 'g')),
      'shrinks while it is read': () => truncateSync(victim, 1_000_000),
      'is rewritten in place while it is read': () => writeFileSync(victim, original.toReversed()),
    };
    for (const [name, trap] of Object.entries(traps)) {
      writeFileSync(victim, original);
      const run = await trap();
      log(`${name}: exit ${run.code}`);
      wrong.push(...honest(run, 'source/victim').map((what) => `${name}: ${what}`));
      wrong.push(...(await othersAreSaved(shared)).map((what) => `${name}: ${what}`));
      wrong.push(...(await checkQuickly(shared)).map((what) => `${name}: ${what}`));
    }
    for (const [name, change] of Object.entries(changes)) {
      writeFileSync(victim, original);
      const run = await whileRead(shared, victim, args, change);
      log(`${name}: exit ${run.code}`);
      // Read again until it held still is honest too: then the snapshot has it as it was at one moment.
      const saved = await shared.restic.ok(['dump', 'latest', victim], { encoding: 'latin1' });
      const whole = [original, readFileSync(victim)].some((bytes) => bytes.toString('latin1') === saved.stdout);
      if (run.code !== 0 || !whole) wrong.push(...honest(run, 'source/victim').map((what) => `${name}: ${what}`));
      wrong.push(...(await othersAreSaved(shared)).map((what) => `${name}: ${what}`));
    }
    // Programs of their own: this one may be busy with other rows.
    const neverStill: Record<string, string> = {
      'is written to all the time': 'printf x | dd of="$0" conv=notrunc 2>/dev/null',
      'grows as fast as it is read': 'head -c 300000 /dev/zero >> "$0"',
    };
    for (const [name, change] of Object.entries(neverStill)) {
      writeFileSync(victim, original);
      let restless: ChildProcess | undefined;
      const begin = (): void => {
        restless = spawn('sh', ['-c', `while :; do ${change}; sleep 0.02; done`, victim], { stdio: 'ignore' });
      };
      try {
        const run = await whileRead(shared, victim, args, begin, 30_000);
        wrong.push(...honest(run, 'source/victim').map((what) => `${name}: ${what}`));
      } catch (error) {
        wrong.push(`${name}: ${String(error).slice(-200)}`);
      } finally {
        restless?.kill('SIGKILL');
      }
    }

    // A run without trouble afterwards is plain success again.
    writeFileSync(victim, original);
    const clean = await shared.holdfast.run(args);
    if (clean.code !== 0) wrong.push(`afterwards: exit ${clean.code} ${clean.stderr}`);
    return [
      mustBeZero(
        `dishonest about a file (of ${Object.keys({ ...traps, ...changes, ...neverStill }).length} traps)`,
        wrong,
      ),
      mustBeZero('dishonest about what a user may not read', await withoutPermission(seed)),
    ];
  },
};

/** Slows the reads of that file down, and changes it in between. */
async function whileRead(
  shared: SharedRepository,
  victim: string,
  args: readonly string[],
  change: () => void,
  timeoutMs = 60_000,
): Promise<ProcessResult> {
  const log = shared.folder.at('reads');
  writeFileSync(log, '');
  const running = runTraced(shared, args, {
    inject: ['read,pread64:delay_exit=40000'],
    paths: [victim],
    log,
    timeoutMs,
  });
  for (let waited = 0; statSync(log).size === 0 && waited < 10_000; waited += 20) await delay(20);
  await delay(100);
  change();
  return running;
}

/** Exit 3, and the path in an error line; with the path told, a reader of either stream knows. */
function honest(run: ProcessResult, path: string): string[] {
  const wrong: string[] = [];
  if (run.code !== 3) wrong.push(`exit ${run.code}, not 3: ${run.stderr.slice(0, 300)}`);
  const named = run.stdout.split('\n').some((line) => line.includes('"error"') && line.includes(path));
  if (!named) wrong.push(`${path} is not named: ${run.stdout.slice(0, 500)}`);
  return wrong;
}

async function othersAreSaved(shared: SharedRepository): Promise<string[]> {
  const listed = (await shared.restic.ok(['ls', 'latest'])).stdout.split('\n');
  const count = listed.filter((line) => /\/file-\d+\./.test(line)).length;
  return count === 20 ? [] : [`${count} of 20 other files are in the snapshot`];
}

/** Mode 000, as a user who is not root: a file and a folder. */
async function withoutPermission(seed: number): Promise<string[]> {
  await using shared = await sharedRepository({ seed });
  const source = shared.folder.at('source');
  makeTree(source, { files: 20, bytes: 50_000, seed });
  writeFileSync(shared.folder.at('source', 'secret'), 'x');
  writeFileSync(shared.folder.at('source', 'closed', 'inside'), 'x');
  const root = process.getuid?.() === 0;
  if (root) await runOk('chown', ['-R', '65534:65534', shared.folder.path]);
  chmodSync(shared.folder.at('source', 'secret'), 0);
  chmodSync(shared.folder.at('source', 'closed'), 0);
  if (root) chownSync(shared.folder.path, 65_534, 65_534);
  const run = await shared.holdfast.run(['backup', '--json', source], root ? { uid: 65_534, gid: 65_534 } : {});
  return [...honest(run, 'source/secret'), ...honest(run, 'source/closed'), ...(await othersAreSaved(shared))];
}
