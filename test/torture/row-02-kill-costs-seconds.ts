/** Row 2: a kill costs seconds of work, not hours: what was packed more than some seconds before it is not packed again. */
import { statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../support/random.ts';
import { packBytes, repositoryFiles } from '../support/repository-files.ts';
import { sharedRepository } from '../support/shared-repository.ts';
import { judge, keepCopy } from './judge.ts';
import { mustBeZero, type TortureRow } from './row.ts';
import { runTraced } from './tracing.ts';

/** Ten seconds between partial indexes, and what it takes to write one. */
const graceMs = 14_000;

export const row: TortureRow = {
  row: 2,
  promise: 'A kill costs seconds of upload, not hours',
  async run({ short, seed, log }) {
    await using shared = await sharedRepository({ seed });
    const random = seededRandom(`row 2 ${seed}`);
    const source = shared.folder.at('source');
    const megabytes = short ? 400 : 1500;
    const parts = Array.from({ length: megabytes / 20 }, (_, part) => shared.folder.at('source', `part-${part}`));
    for (const part of parts) writeFileSync(part, random.bytes(20_000_000));
    const copy = keepCopy(shared, source);
    // A slow source, so that the backup is still under way when it is killed.
    const killer = new AbortController();
    const slow = runTraced(shared, ['backup', '--json', source], {
      inject: ['read,pread64:delay_exit=40000'],
      paths: parts,
      kill: killer.signal,
    });
    const finishedEarly = await Promise.race([slow.then(() => true), delay(short ? 17_000 : 60_000).then(() => false)]);
    const killedAt = Date.now();
    killer.abort();
    const { code } = await slow;
    const before = packBytes(shared.repository);
    const indexes = repositoryFiles(shared.repository, 'index').length;
    const recent = repositoryFiles(shared.repository, 'data')
      .filter((path) => statSync(path).mtimeMs > killedAt - graceMs)
      .reduce((sum, path) => sum + statSync(path).size, 0);
    log(`exit ${code}, ${before} bytes in packs (${recent} of them recent), ${indexes} index files`);

    const summary = await shared.holdfast.backup([source]);
    const total = packBytes(shared.repository);
    const again = Math.max(0, total - megabytes * 1_000_000 * 1.01);
    const sound = await judge(shared, [{ id: summary.snapshot_id, source, copy }]);
    // A duplicate is a pack that was written before the kill but not indexed.
    const allowed = recent + 2 ** 20;
    return [
      { figure: 'killed in the middle', value: finishedEarly ? 'no' : 'yes', ok: !finishedEarly && before > 0 },
      { figure: 'index files at the kill', value: indexes, ok: before - recent < 2 ** 20 || indexes > 0 },
      {
        figure: 'bytes stored again ÷ stored',
        value: (again / total).toFixed(3),
        ok: again <= allowed,
        detail: `${again} bytes again, ${allowed} allowed`,
      },
      mustBeZero('mismatches after all', sound),
    ];
  },
};
