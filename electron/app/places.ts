/** Where the built parts are: dist/, of a clone or of an installed program. */
import { join, sep } from 'node:path';

const archive = `${sep}app.asar${sep}`;

/** @param mainFolder the folder of dist/electron/main.js */
export function placesOf(mainFolder: string) {
  // Everything but the shell itself lies beside the archive (asarUnpack): worker threads, native packages and the agent's own
  // web server read real files.
  const dist = join(mainFolder, '..').replace(archive, `${sep}app.asar.unpacked${sep}`);
  return {
    agent: join(dist, 'agent-hosted.js'),
    renderer: join(dist, 'renderer'),
    icons: join(dist, 'icons'),
    preload: join(mainFolder, 'preload.cjs'),
  } as const;
}
