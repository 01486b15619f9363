/**
 * Watches a folder and says, in one JSON line each, when it is ready and what it costs while nothing happens:
 * `node idle-process.ts chokidar|lean FOLDER SECONDS`.
 */
import { readFileSync } from 'node:fs';
import { startChokidar } from '../../../src/agent/watch/chokidar-watcher.ts';
import { startLeanWatcher } from '../../../src/agent/watch/lean-watcher.ts';
import { watchSources } from '../../../src/agent/watch/watch-sources.ts';
import { fromUtf8 } from '../../../src/base/byte-string.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { compileExcludes } from '../../../src/source/mod.ts';

const [kind = '', folder = '', seconds = ''] = process.argv.slice(2);
const abort = new AbortController();

watchSources({
  sources: [fromUtf8(folder)],
  selector: (roots) => compileExcludes({ roots }),
  clock: systemClock,
  signal: abort.signal,
  quietMs: 1000,
  atLeastEveryMs: 60_000,
  startWatcher: (_, options) => (kind === 'chokidar' ? startChokidar(options) : startLeanWatcher(options)),
  onReady: ({ folders }) => {
    process.stdout.write(`${JSON.stringify({ readyMs: performance.now(), folders })}\n`);
    void idle();
  },
  onChange: () => undefined,
  onNotice: ({ message }) => {
    process.stderr.write(`${message}\n`);
    process.exitCode = 1;
    abort.abort();
  },
});

async function idle(): Promise<void> {
  // What was made to start is collected first.
  await systemClock.sleep(Number(seconds) * 200, abort.signal);
  const [before, from] = [process.cpuUsage(), performance.now()];
  await systemClock.sleep(Number(seconds) * 1000, abort.signal);
  const used = process.cpuUsage(before);
  const share = (used.user + used.system) / 1000 / (performance.now() - from);
  process.stdout.write(`${JSON.stringify({ share, ...memory() })}\n`);
  abort.abort();
}

function memory(): { residentBytes: number; peakBytes: number } {
  const status = readFileSync('/proc/self/status', 'latin1');
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { residentBytes: kib('VmRSS') * 1024, peakBytes: kib('VmHWM') * 1024 };
}
