/** System calls of durable files that fail as on a full disk, at a place of the test's choice. */
import { promises as fs } from 'node:fs';
import type { DurableCalls } from '../../src/platform/durable-file.ts';

export interface FullDisk {
  readonly calls: DurableCalls;
  /** Calls that come through before the disk is full; Infinity: it is not. A file takes three: open, write, rename. */
  left: number;
}

export function fullDisk(left = Number.POSITIVE_INFINITY): FullDisk {
  const disk: FullDisk = {
    left,
    calls: {
      open: async (...args) => {
        take(disk, 'open');
        const handle = await fs.open(...args);
        const whole = handle.writeFile.bind(handle);
        handle.writeFile = async (data) => {
          // As the kernel does: what still fits is written.
          if (disk.left <= 0) await whole(String(data).slice(0, 7));
          take(disk, 'write');
          await whole(data);
        };
        return handle;
      },
      rename: async (...args) => {
        take(disk, 'rename');
        await fs.rename(...args);
      },
    },
  };
  return disk;
}

function take(disk: FullDisk, call: string): void {
  if (disk.left-- > 0) return;
  throw Object.assign(new Error(`ENOSPC: no space left on device, ${call}`), { code: 'ENOSPC', syscall: call });
}
