/** What the client of a remote remembers between starts, as a file of the state folder. */
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { copyPath } from '../../platform/durable-file.ts';
import type { RemoteMemory } from '../../remote/remote.ts';
import { StateFile } from '../state/state-file.ts';

const fileSchema = z.object({ version: z.literal(1), value: z.unknown() });

/** Saves run one after the other. A copy is kept: of a remote without a list, nobody else knows what is in it. */
export function fileMemory(path: string, clock: Clock): RemoteMemory {
  const file = new StateFile({
    path,
    title: 'What is remembered of a remote',
    parse: (json) => fileSchema.parse(json),
    copy: true,
    clock,
  });
  let last: Promise<void> = Promise.resolve();
  return {
    async load() {
      await last;
      return (await file.read())?.value;
    },
    save(value) {
      const next = last.then(() => file.write({ version: 1, value }));
      last = next.catch(() => undefined);
      return next;
    },
  };
}

/** The remote is gone, or another one. */
export async function removeMemory(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(copyPath(path), { force: true });
}

/** For a test of a connection that is not kept. */
export function noMemory(): RemoteMemory {
  let kept: unknown;
  return {
    load: async () => kept,
    save: async (value) => {
      kept = value;
    },
  };
}
