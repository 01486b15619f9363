/**
 * dist/icons/ from one drawing (build/icons/draw.mjs):
 *
 *   holdfast-256.png, icon.ico, icon.icns      the program
 *   linux/<n>x<n>.png                          the same, as desktops want it
 *   tray/<state>.png, <state>@2x.png           Linux
 *   tray/<state>Template.png, …@2x.png         macOS
 *   tray/<state>.ico                           Windows
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { icnsFile, icnsSizes, icoFile } from './icons/containers.mjs';
import { drawProgram, drawTray, trayStates } from './icons/draw.mjs';
import { prepareRendering, renderPng } from './icons/render.mjs';
import { root } from './setup/project.mjs';

const dist = join(root, 'dist');
const made = join(dist, '.icons');

/** Freedesktop "Icon Theme Specification": sizes of hicolor. */
const linuxSizes = [16, 24, 32, 48, 64, 128, 256, 512];
const icoSizes = [16, 24, 32, 48, 64, 128, 256];
const trayIcoSizes = [16, 20, 24, 32, 48];
/** Side of a tray icon at normal density. */
const trayPixels = { linux: 24, macos: 18 };
/** Apple's grid leaves a tenth free on each side. */
const macMargin = 3.5;

try {
  await rm(made, { recursive: true, force: true });
  await prepareRendering();
  for (const [name, bytes] of icons()) {
    await mkdir(dirname(join(made, name)), { recursive: true });
    await writeFile(join(made, name), bytes);
  }
  await rm(join(dist, 'icons'), { recursive: true, force: true });
  await rename(made, join(dist, 'icons'));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  await rm(made, { recursive: true, force: true });
}

function* icons() {
  const program = drawProgram();
  const mac = new Map(icnsSizes.map((size) => [size, renderPng(drawProgram({ margin: macMargin }), size)]));
  yield ['holdfast-256.png', renderPng(program, 256)];
  yield ['icon.ico', icoOf(program, icoSizes)];
  yield ['icon.icns', icnsFile((size) => mac.get(size))];
  for (const size of linuxSizes) yield [`linux/${size}x${size}.png`, renderPng(program, size)];
  for (const state of trayStates) {
    const colored = drawTray(state);
    const template = drawTray(state, { isTemplate: true });
    yield [`tray/${state}.png`, renderPng(colored, trayPixels.linux)];
    yield [`tray/${state}@2x.png`, renderPng(colored, 2 * trayPixels.linux)];
    yield [`tray/${state}Template.png`, renderPng(template, trayPixels.macos)];
    yield [`tray/${state}Template@2x.png`, renderPng(template, 2 * trayPixels.macos)];
    yield [`tray/${state}.ico`, icoOf(colored, trayIcoSizes)];
  }
}

function icoOf(svg, sizes) {
  return icoFile(sizes.map((size) => ({ size, png: renderPng(svg, size) })));
}
