/** Row 18: FIFOs, sockets and devices never hang a backup, and come back as what they were. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { compareTrees } from '../support/compare-trees.ts';
import { makeSocket } from '../support/odd-tree.ts';
import { runOk } from '../support/run-process.ts';
import { sharedRepository } from '../support/shared-repository.ts';
import { type Figure, mustBeZero, type TortureRow } from './row.ts';
import { runWatched } from './watched-run.ts';

export const row: TortureRow = {
  row: 18,
  promise: 'FIFO, socket, device never hang a backup',
  async run({ seed }) {
    await using shared = await sharedRepository({ seed });
    const source = shared.folder.at('source');
    mkdirSync(source);
    for (let number = 0; number < 20; number++) {
      await runOk('mkfifo', [`${source}/fifo-${number}`]);
      makeSocket(`${source}/socket-${number}`);
      writeFileSync(`${source}/file-${number}`, `content ${number}`);
    }
    if (process.getuid?.() === 0) {
      // Endless (zero), blocking (tty, kmsg) and absent devices: none may be opened.
      for (const [number, device] of ['c 1 5', 'c 1 9', 'c 5 0', 'c 1 11', 'b 7 250', 'c 240 7'].entries()) {
        await runOk('bash', ['-c', `mknod '${source}/device-${number}' ${device}`]);
      }
    }
    const limits = { env: shared.holdfast.env, timeoutMs: 30_000 };
    const target = shared.folder.at('out');
    const runs = {
      'first backup': await runWatched(['backup', source], limits),
      'backup of one FIFO by name': await runWatched(['backup', `${source}/fifo-0`], limits),
      'no change': await runWatched(['backup', source], limits),
      restore: await runWatched(['restore', 'latest', '--path', source, '--target', target], limits),
    };
    const figures: Figure[] = Object.entries(runs).map(([name, run]) => ({
      figure: `${name}, seconds`,
      value: run.seconds.toFixed(1),
      ok: run.code === 0 && !run.stopped,
      detail: `exit ${run.code} ${run.stderr}`,
    }));
    if (runs.restore.code !== 0) return figures;
    const ignore = (path: string): boolean => path.startsWith('socket');
    return [
      ...figures,
      mustBeZero('mismatches (sockets are left out)', compareTrees(source, target + source, { ignore })),
    ];
  },
};
