/**
 * The fast way through an index file: the exact layout that restic writes, scanned byte by byte without building objects
 * of it. A repository of a terabyte has a million blobs, and every command starts with reading them.
 *
 *   {"packs":[{"id":"…","blobs":[{"id":"…","type":"data","offset":0,"length":9,"uncompressed_length":9},…]},…]}
 */
import { type Id, isId } from './id.ts';
import type { IndexVisitor } from './index-file.ts';
import { type BlobType, CRYPTO_OVERHEAD } from './pack-header.ts';

/** How far the scan came. */
export interface ScanProgress {
  /** False when the layout differs somewhere: the rest is for a JSON parser. */
  readonly complete: boolean;
  /** Packs reported. */
  readonly packs: number;
  /** The last of them, and how many of its blobs were reported. */
  readonly packId: Id;
  readonly blobs: number;
}

const start = Buffer.from('{"packs":[');
const packStart = Buffer.from('{"id":"');
const blobsStart = Buffer.from('","blobs":[');
const typeStart = Buffer.from('","type":"');
const dataType = Buffer.from('data","offset":');
const treeType = Buffer.from('tree","offset":');
const lengthStart = Buffer.from(',"length":');
const plainStart = Buffer.from(',"uncompressed_length":');
const packsEnd = Buffer.from(']}');

const COMMA = 0x2c;
const BRACKET = 0x5d;
const BRACE = 0x7d;
const MAX_U32 = 0xffffffff;
const ID_CHARS = 64;

/** Reports packs and blobs as long as the layout is the usual one and the values are possible. */
export function scanUsualLayout(json: Uint8Array, visitor: IndexVisitor): ScanProgress {
  return new UsualLayout(json, visitor).run();
}

class UsualLayout implements ScanProgress {
  complete = false;
  packs = 0;
  packId: Id = '';
  blobs = 0;
  readonly #json: Buffer;
  readonly #visitor: IndexVisitor;
  #at = 0;

  constructor(json: Uint8Array, visitor: IndexVisitor) {
    this.#json = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
    this.#visitor = visitor;
  }

  run(): this {
    const json = this.#json;
    if (!this.#skip(start)) return this;
    if (json[this.#at] !== BRACKET) {
      do {
        if (!this.#pack()) return this;
      } while (json[this.#at++] === COMMA);
      this.#at--;
    }
    this.complete = this.#skip(packsEnd) && this.#onlyNewline();
    return this;
  }

  #pack(): boolean {
    const json = this.#json;
    if (!this.#skip(packStart)) return false;
    const id = this.#id();
    if (id === undefined || !this.#skip(blobsStart)) return false;
    this.packs++;
    this.packId = id;
    this.blobs = 0;
    this.#visitor.pack(id);
    if (json[this.#at] !== BRACKET) {
      do {
        if (!this.#blob()) return false;
        this.blobs++;
      } while (json[this.#at++] === COMMA);
      this.#at--;
    }
    return this.#skip(packsEnd);
  }

  #blob(): boolean {
    if (!this.#skip(packStart)) return false;
    const id = this.#id();
    if (id === undefined || !this.#skip(typeStart)) return false;
    const type: BlobType = this.#json[this.#at] === 0x64 ? 'data' : 'tree';
    if (!this.#skip(type === 'data' ? dataType : treeType)) return false;
    const offset = this.#number();
    if (offset < 0 || !this.#skip(lengthStart)) return false;
    const length = this.#number();
    if (length < CRYPTO_OVERHEAD) return false;
    if (this.#json[this.#at] === BRACE) {
      this.#at++;
      this.#visitor.blob({ type, id, offset, length });
      return true;
    }
    if (!this.#skip(plainStart)) return false;
    const uncompressedLength = this.#number();
    if (uncompressedLength <= 0 || this.#json[this.#at++] !== BRACE) return false;
    this.#visitor.blob({ type, id, offset, length, uncompressedLength });
    return true;
  }

  /** Goes past these bytes if they are next. */
  #skip(literal: Uint8Array): boolean {
    const json = this.#json;
    const at = this.#at;
    for (let i = 0; i < literal.length; i++) if (json[at + i] !== literal[i]) return false;
    this.#at = at + literal.length;
    return true;
  }

  #id(): Id | undefined {
    const id = this.#json.toString('latin1', this.#at, this.#at + ID_CHARS);
    if (!isId(id)) return undefined;
    this.#at += ID_CHARS;
    return id;
  }

  /** A decimal u32 without leading zeros, or −1. */
  #number(): number {
    const json = this.#json;
    const from = this.#at;
    let at = from;
    let value = 0;
    for (let digit = json[at]! - 0x30; digit >= 0 && digit <= 9 && value <= MAX_U32; digit = json[++at]! - 0x30) {
      value = value * 10 + digit;
    }
    if (at === from || value > MAX_U32 || (json[from] === 0x30 && at > from + 1)) return -1;
    this.#at = at;
    return value;
  }

  #onlyNewline(): boolean {
    const rest = this.#json.length - this.#at;
    return rest === 0 || (rest === 1 && this.#json[this.#at] === 0x0a);
  }
}
