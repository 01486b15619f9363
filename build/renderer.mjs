/** dist/renderer from renderer/: the pages of the window, by Vite. The old ones are there until the new ones are complete. */
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { themeStyleSheet } from './window/theme-style-sheet.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const place = join(root, 'dist/renderer');
const made = join(root, 'dist/.renderer');

// Whoever runs it, tests too: what is built is what people get.
process.env.NODE_ENV = 'production';

try {
  await build({
    configFile: false,
    root: join(root, 'renderer'),
    plugins: [react(), themeStyleSheet()],
    logLevel: 'warn',
    build: {
      outDir: made,
      emptyOutDir: true,
      target: 'chrome130',
      // The policy of the agent's pages allows images as data, and nothing else of it.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1500,
      reportCompressedSize: false,
    },
  });
  await rm(place, { recursive: true, force: true });
  await rename(made, place);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
