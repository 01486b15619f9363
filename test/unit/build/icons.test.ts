import { describe, expect, it } from 'vitest';
import { icnsFile, icnsSizes, icoFile } from '../../../build/icons/containers.mjs';
import { drawProgram, drawTray, readSource, trayStates } from '../../../build/icons/draw.mjs';
import { prepareRendering, renderPixels, renderPng } from '../../../build/icons/render.mjs';
import { trayIconFile } from '../../../electron/tray/icon-file.ts';
import { iconStates } from '../../../electron/tray/icon-state.ts';

await prepareRendering();
const sizeOf = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)];

describe('the icons of the tray', () => {
  it('are one for each state of the tray', () => {
    expect(trayStates.toSorted()).toEqual(iconStates.toSorted());
    expect(trayIconFile('idle', 'darwin')).toBe('tray/idleTemplate.png');
    expect(trayIconFile('idle', 'win32')).toBe('tray/idle.ico');
    expect(trayIconFile('idle', 'linux')).toBe('tray/idle.png');
  });

  it('are told apart by their shapes alone, as small as menu bars show them', () => {
    const size = 18;
    const shapes = trayStates.map((state) => {
      const pixels = renderPixels(drawTray(state, { isTemplate: true }), size);
      return Array.from({ length: size * size }, (_, at) => (pixels[4 * at + 3] ?? 0) / 255);
    });
    for (const [a, one] of shapes.entries()) {
      for (const [b, other] of shapes.entries()) {
        if (a >= b) continue;
        const difference = one.reduce((sum, alpha, at) => sum + Math.abs(alpha - (other[at] ?? 0)), 0) / (size * size);
        expect([trayStates[a], trayStates[b], difference > 0.05]).toEqual([trayStates[a], trayStates[b], true]);
      }
    }
  });

  it('have no colour of their own on macOS', () => {
    for (const state of trayStates) {
      const pixels = renderPixels(drawTray(state, { isTemplate: true }), 36);
      expect([state, pixels.some((value, at) => at % 4 !== 3 && value !== 0)]).toEqual([state, false]);
    }
  });
});

describe('icon files', () => {
  it('come from the drawing of the page, and say so when it is another', () => {
    expect(readSource().path).toMatch(/^M/);
    expect(() => readSource('<svg/>')).toThrow('must be a tile');
  });

  it('hold each size: Windows', () => {
    const images = [16, 48, 256].map((size) => ({ size, png: renderPng(drawProgram(), size) }));
    const file = icoFile(images);
    expect([file.readUInt16LE(0), file.readUInt16LE(2), file.readUInt16LE(4)]).toEqual([0, 1, 3]);
    for (const [at, { size, png }] of images.entries()) {
      const head = file.subarray(6 + 16 * at, 22 + 16 * at);
      expect(head.readUInt8(0) || 256).toBe(size);
      const found = file.subarray(head.readUInt32LE(12), head.readUInt32LE(12) + head.readUInt32LE(8));
      expect(found.equals(png)).toBe(true);
      expect(sizeOf(found)).toEqual([size, size]);
    }
  });

  it('hold each size: macOS', () => {
    const file = icnsFile((size: number) => renderPng(drawProgram({ margin: 3.5 }), size));
    expect([file.toString('latin1', 0, 4), file.readUInt32BE(4)]).toEqual(['icns', file.length]);
    const sizes = new Set<number>();
    for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4)) {
      const [width = 0, height] = sizeOf(file.subarray(at + 8));
      expect(height).toBe(width);
      sizes.add(width);
    }
    expect([...sizes].toSorted()).toEqual(icnsSizes.toSorted());
  });
});
