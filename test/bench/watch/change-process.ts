/**
 * A continuous plan in small: backs a folder up, watches it, changes one file, and says in one JSON line how long it took from
 * the end of the quiet period until the new snapshot was on disk. `node change-process.ts FOLDER REPOSITORY RUNS`.
 */
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { WatchedChanges } from '../../../src/agent/watch/changes.ts';
import { watchSources } from '../../../src/agent/watch/watch-sources.ts';
import { openBackend } from '../../../src/backend/registry.ts';
import { type BackupSummary, runBackup, type SourceChanges } from '../../../src/backup/mod.ts';
import { fromUtf8 } from '../../../src/base/byte-string.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { fileAttributes } from '../../../src/platform/attributes.ts';
import { hostIdentity } from '../../../src/platform/host.ts';
import { lookupGroup, lookupUser } from '../../../src/platform/users.ts';
import { initRepository } from '../../../src/repository/mod.ts';
import { compileExcludes } from '../../../src/source/mod.ts';

const [folder = '', location = '', runs = '1'] = process.argv.slice(2);
const abort = new AbortController();
const { signal } = abort;
const changed = join(folder, 'changed-by-the-bench.txt');
await using repository = await initRepository({ backend: openBackend(location), password: 'bench', signal });

function backup(changes?: SourceChanges): Promise<BackupSummary> {
  return runBackup({
    repository,
    targets: [fromUtf8(folder)],
    cwd: '/',
    selector: (roots) => compileExcludes({ roots }),
    identity: hostIdentity(),
    programVersion: 'holdfast bench',
    nodes: { owners: { lookupUser, lookupGroup }, attributes: fileAttributes(), withAccessTime: false },
    signal,
    ...(changes === undefined ? {} : { changes }),
  });
}

let handedOn = Promise.withResolvers<WatchedChanges>();
const watch = watchSources({
  sources: [fromUtf8(folder)],
  selector: (roots) => compileExcludes({ roots }),
  clock: systemClock,
  signal,
  quietMs: 1000,
  atLeastEveryMs: 60_000,
  onReady: () => undefined,
  onChange: (changes) => handedOn.resolve(changes),
  onNotice: ({ message }) => process.stderr.write(`${message}\n`),
});

try {
  appendFileSync(changed, 'first\n');
  await handedOn.promise;
  let last = await backup();
  const seconds: number[] = [];
  while (seconds.length < Number(runs)) {
    handedOn = Promise.withResolvers();
    appendFileSync(changed, 'changed\n');
    const changes = await handedOn.promise;
    const started = performance.now();
    if (changes.scan !== 'changes' || last.snapshotId === undefined) throw new Error('everything was to be looked at');
    const { folders, subtrees } = changes;
    last = await backup({ since: last.snapshotId, folders, subtrees });
    seconds.push((performance.now() - started) / 1000);
    if (last.scanned !== 'changes' || last.files.changed !== 1) throw new Error('not what changed was saved');
  }
  process.stdout.write(`${JSON.stringify({ seconds, totalFiles: last.totalFiles })}\n`);
} finally {
  rmSync(changed, { force: true });
  abort.abort();
  await watch.ended;
}
