/**
 * The icons as SVG, from the one drawing of the window's page (renderer/icon.svg): a tile with a sign in it.
 *
 * States of the tray differ by shape, so that they are told apart without colour, and in the one colour of a macOS menu bar:
 *
 *   idle          the tile
 *   running       … with a triangle that points on
 *   paused        … with two bars
 *   attention     … with a warning triangle
 *   error         … with an octagon and a cross in it
 *   disconnected  only the outline of the tile, struck through
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/project.mjs';

export const sourceFile = 'renderer/icon.svg';
export const trayStates = ['idle', 'running', 'paused', 'attention', 'error', 'disconnected'];

/** Side of the drawing. */
const side = 32;

/** Badges in the lower right corner: what is drawn, and what is cut out of it. */
const badges = {
  running: { shape: '<path d="M18.500 16.500v14l13-7z"/>', color: '#4dabf7' },
  paused: {
    shape:
      '<rect x="18.500" y="17.500" width="5" height="13" rx="1"/><rect x="26" y="17.500" width="5" height="13" rx="1"/>',
    color: '#adb5bd',
  },
  attention: {
    shape: '<path d="M23.500 15.500l8.500 16h-17z" stroke-linejoin="round"/>',
    hole: '<rect x="22.300" y="20.500" width="2.400" height="5.500" rx="1"/><rect x="22.300" y="27.200" width="2.400" height="2.400" rx="1"/>',
    color: '#fcc419',
  },
  error: {
    shape: '<path d="M20.200 15.500h6.600l4.700 4.700v6.600l-4.700 4.700h-6.600l-4.700-4.700v-6.600z"/>',
    hole: '<path d="M20.300 20.300l6.400 6.400M26.700 20.300l-6.400 6.400" fill="none" stroke="#000" stroke-width="2.400" stroke-linecap="round"/>',
    color: '#fa5252',
  },
};

/** Tile and sign of the drawing. Throws when the drawing is made in another way. */
export function readSource(svg = readFileSync(join(root, sourceFile), 'utf8')) {
  const tile = /<rect width="32" height="32" rx="([\d.]+)" fill="(#[0-9a-f]{6})"\s*\/>/.exec(svg);
  const sign = /<path\s+d="([^"]+)"[^>]*stroke-width="([\d.]+)"/.exec(svg);
  if (tile === null || sign === null) throw new Error(`${sourceFile} must be a tile of 32 with one path in it.`);
  return { radius: tile[1], color: tile[2], path: sign[1], width: Number(sign[2]) };
}

/** The program's icon; `margin` in units of the drawing (macOS wants some). */
export function drawProgram({ margin = 0 } = {}) {
  const { radius, color, path, width } = readSource();
  return svg(
    `<rect width="32" height="32" rx="${radius}" fill="${color}"/>${stroked(path, width, '#fff')}`,
    `${-margin} ${-margin} ${side + 2 * margin} ${side + 2 * margin}`,
  );
}

/** @param isTemplate black on nothing: macOS colours it */
export function drawTray(state, { isTemplate = false } = {}) {
  const { radius, color, path, width } = readSource();
  const ink = isTemplate ? '#000' : color;
  // Bolder than in the window: it is shown in 16 pixels.
  const sign = stroked(path, width * 1.25, '#000');
  if (state === 'disconnected') return svg(outline(radius, isTemplate ? '#000' : '#868e96'));
  const badge = badges[state];
  const holes = badge === undefined ? '' : `<g fill="#000" stroke="#000" stroke-width="4">${badge.shape}</g>`;
  const masks = mask('tile', `${sign}${holes}`) + mask('badge', badge?.hole ?? '');
  const tile = `<rect width="32" height="32" rx="${radius}" fill="${ink}" mask="url(#tile)"/>`;
  const shape =
    badge === undefined ? '' : `<g fill="${isTemplate ? '#000' : badge.color}" mask="url(#badge)">${badge.shape}</g>`;
  // In colour the sign is white, not a hole: the panel behind may have any colour.
  const white = isTemplate ? '' : `<g mask="url(#tile-shape)">${stroked(path, width * 1.25, '#fff')}</g>`;
  return svg(`<defs>${masks}${mask('tile-shape', holes)}</defs>${tile}${white}${shape}`);
}

function outline(radius, ink) {
  return (
    `<rect x="2" y="2" width="28" height="28" rx="${radius - 1}" fill="none" stroke="${ink}" stroke-width="3"/>` +
    `<path d="M8 24L24 8" stroke="${ink}" stroke-width="3.500" stroke-linecap="round"/>`
  );
}

function stroked(path, width, color) {
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="round"/>`;
}

/** Everything is shown but what is black in it. */
function mask(id, black) {
  return `<mask id="${id}" maskUnits="userSpaceOnUse" x="0" y="0" width="32" height="32"><rect width="32" height="32" fill="#fff"/>${black}</mask>`;
}

function svg(content, viewBox = `0 0 ${side} ${side}`) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}">${content}</svg>`;
}
