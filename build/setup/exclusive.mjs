/** One set-up at a time in a clone: `npm test` and `npm start` may be called at once. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, SetupError } from './project.mjs';

const lockFile = join(root, '.setup-lock');
const longestWaitMs = 15 * 60_000;

/** Runs `work` while no other process of this clone does; waits for one that is at it. */
export async function exclusively(work) {
  const until = Date.now() + longestWaitMs;
  while (!take()) {
    if (Date.now() > until) throw new SetupError(`Another set-up is still at work. If none is, remove ${lockFile}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function take() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (!isHeld()) rmSync(lockFile, { force: true });
  return false;
}

/** False when the process that took the lock is gone. */
function isHeld() {
  try {
    const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
    if (Number.isNaN(pid)) return true; // being written at this moment
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
