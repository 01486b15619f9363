/**
 * The torture: each promise that needs kills, faults or hostility, tried for real.
 *
 *   node test/torture/run.ts [--short] [--seed N] [--row N]… [--jobs N] [--over STORE]… [--minutes N] [--verbose]
 *
 * --jobs: how many rows at once (2); they mostly wait for disks and for each other's programs.
 * --over: sftp, rest, s3: where the rows over networks have their repositories (sftp and rest; s3 is Ceph, see `npm run test:ceph`).
 * --minutes: of row 10, on each store.
 *
 * Prints a table and exits with 1 when a promise is broken, 2 when used wrongly. A seed makes the same run again.
 */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { requireTool } from '../support/tools.ts';
import { type Figure, SkippedRow, type TortureRow } from './row.ts';
import { endStores, storeNames } from './stores.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    over: { type: 'string', multiple: true, default: ['sftp', 'rest'] },
    minutes: { type: 'string' },
    row: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', short: 'v', default: false },
  },
});
const wanted = values.row.map(Number);
const seed = Number(values.seed);
const jobs = Number(values.jobs);
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
if ([...wanted, seed, jobs, minutes ?? 0].some((number) => !Number.isInteger(number))) {
  process.stderr.write('--row, --seed, --jobs and --minutes take whole numbers\n');
  process.exit(2);
}
const over = storeNames.filter((name) => values.over.includes(name));
if (over.length < values.over.length) {
  process.stderr.write(`--over takes ${storeNames.join(', ')}\n`);
  process.exit(2);
}

for (const tool of ['restic', 'strace', 'setfattr'] as const) {
  if (requireTool(tool) === undefined) process.exit(0);
}
const started = performance.now();
let failures = 0;
process.stdout.write(`torture${values.short ? ', shortened' : ''}, seed ${seed}\n`);
const waiting = await loadRows();
const lane = async (): Promise<void> => {
  for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
    const from = performance.now();
    show(row, await figuresOf(row), (performance.now() - from) / 1000);
  }
};
await Promise.all(Array.from({ length: jobs }, lane)).finally(endStores);
process.stdout.write(`\n${failures === 0 ? 'all promises held' : `${failures} broken`}, ${seconds(started)} s\n`);
process.exitCode = failures === 0 ? 0 : 1;

function show(row: TortureRow, figures: readonly Figure[], took: number): void {
  process.stdout.write(`\n${String(row.row).padStart(2)}  ${row.promise}  (${took.toFixed(1)} s)\n`);
  for (const { figure, value, ok, detail } of figures) {
    if (!ok) failures++;
    process.stdout.write(`      ${ok ? 'ok    ' : 'BROKEN'}  ${figure}: ${value}\n`);
    if (!ok && detail !== undefined) process.stdout.write(`${detail.replace(/^/gm, '              ')}\n`);
  }
}

async function loadRows(): Promise<TortureRow[]> {
  const files = readdirSync(import.meta.dirname).filter((name) => /^row-\d\d-.*\.ts$/.test(name));
  const rows: TortureRow[] = [];
  for (const file of files.sort()) {
    if (wanted.length > 0 && !wanted.includes(Number(file.slice(4, 6)))) continue;
    const { row } = (await import(`./${file}`)) as { row: TortureRow };
    rows.push(row);
  }
  return rows;
}

async function figuresOf(row: TortureRow): Promise<Figure[]> {
  const log = (message: string): void => {
    if (values.verbose) process.stderr.write(`   [${row.row}] ${message}\n`);
  };
  try {
    return await row.run({ short: values.short, seed, over, minutes, log });
  } catch (error) {
    if (error instanceof SkippedRow) {
      return [{ figure: 'skipped', value: error.message, ok: process.env.CI !== 'true' }];
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ figure: 'ended with an error', value: '', ok: false, detail }];
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(0);
}
