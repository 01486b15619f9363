/** Zip files made by hand, with whatever in them no program would write (APPNOTE 4.3). */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipItem {
  /** Bytes, as latin1. */
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** 0 stored, 8 deflated. */
  readonly method?: number;
  readonly flags?: number;
  /** 0 MS-DOS, 3 Unix (default). */
  readonly madeBy?: number;
  /** External attributes; the Unix mode is in the upper half. */
  readonly attributes?: number;
  /** What the local header says, where that is another name or size. */
  readonly localName?: string;
  readonly localSize?: number;
  readonly crc?: number;
}

export function zipOf(...items: readonly ZipItem[]): Buffer {
  return zipCounting(items.length, items);
}

/** @param count what its end says, instead of how many there are */
export function zipCounting(count: number, items: readonly ZipItem[]): Buffer {
  const locals: Buffer[] = [];
  const table: Buffer[] = [];
  let offset = 0;
  for (const item of items) {
    const { name, method = 0, flags = 0, attributes = 0, localName = name } = item;
    const plain = Buffer.from((item.content ?? '') as string, 'latin1');
    const data = method === 8 ? deflateRawSync(plain) : plain;
    const shared = (localSize?: number): Buffer => {
      const bytes = Buffer.alloc(22);
      bytes.writeUInt16LE(20, 0);
      bytes.writeUInt16LE(flags, 2);
      bytes.writeUInt16LE(method, 4);
      bytes.writeUInt32LE(0x5a21_0000, 6);
      bytes.writeUInt32LE(item.crc ?? crc32(plain), 10);
      bytes.writeUInt32LE(data.length, 14);
      bytes.writeUInt32LE(localSize ?? plain.length, 18);
      return bytes;
    };
    const lengths = (text: string): Buffer => Buffer.from([text.length & 255, text.length >> 8, 0, 0]);
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04'),
      shared(item.localSize),
      lengths(localName),
      Buffer.from(localName, 'latin1'),
      data,
    ]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(attributes, 6);
    rest.writeUInt32LE(offset, 10);
    table.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02'),
        Buffer.from([20, item.madeBy ?? 3]),
        shared(),
        lengths(name),
        rest,
        Buffer.from(name, 'latin1'),
      ]),
    );
    locals.push(local);
    offset += local.length;
  }
  const tableBytes = Buffer.concat(table);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(tableBytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, tableBytes, end]);
}
