/** Tar archives made by hand, with whatever in them no program would write. */

export interface TarItem {
  readonly name: string;
  /** The type flag: '0' file, '5' folder, '2' symlink … */
  readonly type?: string;
  readonly content?: string | Uint8Array;
  readonly linkName?: string;
  /** What the header says, instead of the content's length. */
  readonly size?: number;
  readonly mode?: number;
}

/** A header, and its content in whole blocks. */
export function tarItem({ name, type = '0', content = '', linkName = '', size, mode = 0o644 }: TarItem): Buffer {
  const bytes = Buffer.from(content as string, 'latin1');
  const header = Buffer.alloc(512);
  const number = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name.slice(0, 100), 0, 'latin1');
  header.write(number(mode, 7) + number(1000, 7) + number(1001, 7), 100);
  header.write(number(size ?? bytes.length, 11) + number(1_700_000_000, 11), 124);
  header.write(`        ${type}`, 148);
  header.write(linkName.slice(0, 100), 157, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A pax header for the item after it. */
export function paxItem(records: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (String(length).length + rest !== length) length = String(length).length + rest;
    return Buffer.from(`${length} ${key}=${value}\n`);
  });
  return tarItem({ name: 'pax', type: 'x', content: Buffer.concat(lines) });
}

export const tarEnd = Buffer.alloc(1024);

export function tarOf(...items: readonly (TarItem | Buffer)[]): Buffer {
  return Buffer.concat([...items.map((item) => (Buffer.isBuffer(item) ? item : tarItem(item))), tarEnd]);
}
