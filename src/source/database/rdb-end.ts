/**
 * The end of Redis' dumps (RDB): a byte 0xFF and the CRC64 of all before, or zeros where the server makes none (rdbchecksum no).
 *
 * redis-cli prints 40 hex digits more where the server told the end by such a mark and stdout is a pipe (it cuts files only): they
 * are held back here. Source: redis src/rdb.c, src/crc64.c (Jones), src/redis-cli.c (getRDB).
 */
import { HoldfastError } from '../../base/errors.ts';

const markBytes = 40;
const endBytes = 9;
const heldBytes = markBytes + endBytes;

/** Hands a dump on without the mark. @throws `corrupt` at its end if it is cut or damaged */
export async function* untilRdbEnd(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const checksum = new Crc64();
  let held = Buffer.alloc(0);
  let isFirst = true;
  for await (const chunk of content) {
    const all = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    if (isFirst && all.length >= 5 && all.toString('latin1', 0, 5) !== 'REDIS') throw damaged('it is no dump of Redis');
    isFirst &&= all.length < 5;
    const sure = all.subarray(0, Math.max(0, all.length - heldBytes));
    held = all.subarray(sure.length);
    checksum.add(sure);
    if (sure.length > 0) yield sure;
  }
  const marked = /[0-9a-f]{40}$/.test(held.toString('latin1'));
  const end = marked ? held.subarray(0, held.length - markBytes) : held;
  const stored = end.subarray(-8);
  if (end.length < endBytes || end.at(-endBytes) !== 0xff) throw damaged('its end is not there');
  checksum.add(end.subarray(0, -8));
  if (stored.some((byte) => byte !== 0) && !stored.equals(checksum.bytes())) throw damaged('its checksum is wrong');
  yield end;
}

function damaged(says: string): HoldfastError {
  return new HoldfastError('corrupt', `The dump of Redis is damaged: ${says}.`, {
    hint: 'Take another dump, or restore one of another snapshot.',
  });
}

/** Polynomial 0xad93d23594c935a9, reflected, in two halves of 32 bits. */
const tables = crcTables();

class Crc64 {
  #low = 0;
  #high = 0;

  add(bytes: Uint8Array): void {
    const { lows, highs } = tables;
    let [low, high] = [this.#low, this.#high];
    for (let at = 0; at < bytes.length; at++) {
      const index = (low ^ bytes[at]!) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ lows[index]!;
      high = (high >>> 8) ^ highs[index]!;
    }
    [this.#low, this.#high] = [low, high];
  }

  /** Little-endian, as in the file. */
  bytes(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(this.#low >>> 0, 0);
    bytes.writeUInt32LE(this.#high >>> 0, 4);
    return bytes;
  }
}

function crcTables(): { readonly lows: Int32Array; readonly highs: Int32Array } {
  const polynomial = 0x95ac9329ac4bc9b5n; // with its bits in reverse
  const lows = new Int32Array(256);
  const highs = new Int32Array(256);
  for (let index = 0; index < 256; index++) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit++) value = (value & 1n) === 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    lows[index] = Number(BigInt.asIntN(32, value));
    highs[index] = Number(BigInt.asIntN(32, value >> 32n));
  }
  return { lows, highs };
}
