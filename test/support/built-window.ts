/** Builds the window once for a run of the end-to-end tests, when its sources changed (a no-op otherwise). */
import { buildRenderer } from '../../build/setup/artifacts.mjs';

export async function setup(): Promise<void> {
  await buildRenderer({ always: false });
}
