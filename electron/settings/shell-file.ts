/**
 * What the shell keeps for itself: shell.json in its own folder. It can be deleted at any time; one that cannot be read counts as
 * none, one that cannot be written is no reason to fail.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { shellSettingsSchema } from '../../src/control/shell.ts';
import { boundsSchema } from '../window/bounds.ts';

const shellStateSchema = z.object({
  bounds: boundsSchema.optional(),
  isMaximized: z.boolean().default(false),
  /** The user was told that closing the window does not end it. */
  toldOfHiding: z.boolean().default(false),
  notifications: shellSettingsSchema.shape.notifications.default('all'),
  updates: shellSettingsSchema.shape.updates.default(false),
});
export type ShellState = Readonly<z.infer<typeof shellStateSchema>>;

export class ShellFile {
  readonly #path: string;
  #state: ShellState;

  constructor(path: string) {
    this.#path = path;
    this.#state = readState(path);
  }

  get state(): ShellState {
    return this.#state;
  }

  change(change: Partial<ShellState>): void {
    this.#state = { ...this.#state, ...change };
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(`${this.#path}.new`, `${JSON.stringify(this.#state, undefined, 2)}\n`);
      renameSync(`${this.#path}.new`, this.#path);
    } catch {
      // It holds for as long as this runs.
    }
  }
}

function readState(path: string): ShellState {
  try {
    const read = shellStateSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (read.success) return read.data;
  } catch {
    // As at the first start.
  }
  return shellStateSchema.parse({});
}
