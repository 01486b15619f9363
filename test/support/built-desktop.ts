/** Builds what the desktop shell and its packages are made of, when its sources changed (a no-op otherwise). */
import { buildBundles, buildIcons, buildRenderer, buildWasm } from '../../build/setup/artifacts.mjs';

export async function buildDesktop(): Promise<void> {
  await buildWasm({ always: false });
  await buildBundles({ always: false });
  await buildRenderer({ always: false });
  await buildIcons({ always: false });
}
