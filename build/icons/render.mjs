/** SVG to pixels, by resvg in WebAssembly. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

let ready;

/** Must have resolved before anything is rendered. */
export function prepareRendering() {
  ready ??= readFile(fileURLToPath(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))).then(initWasm);
  return ready;
}

/** A PNG of so many pixels a side. */
export function renderPng(svg, size) {
  return Buffer.from(rendered(svg, size).asPng());
}

/** RGBA, row by row. */
export function renderPixels(svg, size) {
  return rendered(svg, size).pixels;
}

function rendered(svg, size) {
  return new Resvg(svg, { fitTo: { mode: 'width', value: size } }).render();
}
