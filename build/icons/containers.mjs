/** Files that hold an icon in several sizes, each as PNG. */

/**
 * A Windows icon (Microsoft, "Icons": ICONDIR, ICONDIRENTRY; PNG entries since Vista).
 *
 * @param images `{ size, png }`, sides of 1 to 256 pixels
 */
export function icoFile(images) {
  const entries = images.map(({ size, png }) => ({ size, png, head: Buffer.alloc(16) }));
  const header = Buffer.alloc(6);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(entries.length, 4);
  let offset = header.length + 16 * entries.length;
  for (const { size, png, head } of entries) {
    // 0 stands for 256.
    head.writeUInt8(size % 256, 0);
    head.writeUInt8(size % 256, 1);
    head.writeUInt16LE(1, 4);
    head.writeUInt16LE(32, 6);
    head.writeUInt32LE(png.length, 8);
    head.writeUInt32LE(offset, 12);
    offset += png.length;
  }
  return Buffer.concat([header, ...entries.map(({ head }) => head), ...entries.map(({ png }) => png)]);
}

/** Types of an Apple icon's elements that hold PNG, by pixels; the second of a size is the one for twice the density. */
const icnsTypes = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
];
export const icnsSizes = [...new Set(icnsTypes.map(([, size]) => size))];

/**
 * An Apple icon: `icns`, length, then elements of type, length, data; all lengths include their heads.
 *
 * @param pngOf the PNG of each of `icnsSizes`
 */
export function icnsFile(pngOf) {
  const elements = icnsTypes.map(([type, size]) => element(type, pngOf(size)));
  return element('icns', Buffer.concat(elements));
}

function element(type, data) {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32BE(8 + data.length, 4);
  return Buffer.concat([head, data]);
}
