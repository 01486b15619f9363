/**
 * Writes any object into a restic repository, correctly encrypted, however wrong its content: hostile trees, bombs,
 * snapshots of any age. Independent of the engine (its own Poly1305-AES, by definition and slow), so that it can judge it.
 * Source of the layout: restic design.rst.
 */
import { createCipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';

interface MasterKey {
  readonly encrypt: Buffer;
  readonly k: Buffer;
  readonly r: Buffer;
}

export interface ForgedBlob {
  readonly type: 'data' | 'tree';
  readonly plain: Uint8Array;
  /** Stored zstd-compressed (version 2 only). */
  readonly compress?: boolean;
  /** The id it is listed under, if not the true one. */
  readonly id?: string;
  /** The plain length that header and index claim, if not the true one. */
  readonly claimedLength?: number;
  /** The encrypted length that header and index claim, if not the true one. */
  readonly claimedStoredLength?: number;
}

interface IndexedBlob {
  readonly id: string;
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly uncompressed_length?: number;
}

export interface ForgedPack {
  readonly id: string;
  readonly blobs: readonly IndexedBlob[];
}

/** What restic made up for real repositories: chunks fall differently under each. */
const polynomials: readonly string[] = ['364b9a67439d81', '391488d76ce245', '3e786dc2b920bb', '3a116a8241b1b9'];

/**
 * Makes a repository as `restic init` does, but with a key that costs a millisecond to open instead of half a second.
 *
 * @param path must not exist
 * @param seed chooses among a few chunker polynomials
 */
export function forgeRepository(path: string, password: string, version: 1 | 2, seed = 0): RepositoryForge {
  for (const folder of ['index', 'keys', 'locks', 'snapshots']) mkdirSync(join(path, folder), { recursive: true });
  for (let byte = 0; byte < 256; byte++) {
    mkdirSync(join(path, 'data', byte.toString(16).padStart(2, '0')), { recursive: true });
  }
  const master: MasterKey = { encrypt: randomBytes(32), k: randomBytes(16), r: randomBytes(16) };
  const config = {
    version,
    id: randomBytes(32).toString('hex'),
    chunker_polynomial: polynomials[seed % polynomials.length],
  };
  writeFileSync(join(path, 'config'), seal(master, Buffer.from(JSON.stringify(config))));
  forgeKey(path, password, master);
  return new RepositoryForge(path, master, version);
}

/** Adds a key file for this password (restic design.rst, Keys, Encryption and MAC). */
function forgeKey(path: string, password: string, master: MasterKey): void {
  const kdf = { N: 1024, r: 8, p: 1 };
  const salt = randomBytes(64);
  const derived = scryptSync(password, salt, 64, kdf);
  const userKey = { encrypt: derived.subarray(0, 32), k: derived.subarray(32, 48), r: derived.subarray(48) };
  const masterJson = JSON.stringify({
    mac: { k: master.k.toString('base64'), r: master.r.toString('base64') },
    encrypt: master.encrypt.toString('base64'),
  });
  const file = JSON.stringify({
    created: '2024-01-01T00:00:00Z',
    username: 'root',
    hostname: 'forge',
    kdf: 'scrypt',
    ...kdf,
    salt: salt.toString('base64'),
    data: seal(userKey, Buffer.from(masterJson)).toString('base64'),
  });
  writeFileSync(join(path, 'keys', sha256(Buffer.from(file))), file);
}

/** IV ‖ AES-256-CTR ‖ Poly1305-AES. */
function seal(key: MasterKey, plain: Uint8Array): Buffer {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-ctr', key.encrypt, iv);
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  const block = createCipheriv('aes-128-ecb', key.k, null).setAutoPadding(false);
  const s = Buffer.concat([block.update(iv), block.final()]);
  return Buffer.concat([iv, text, poly1305(key.r, s, text)]);
}

export class RepositoryForge {
  readonly repository: string;
  readonly #key: MasterKey;
  readonly #version: number;

  constructor(repository: string, key: MasterKey, version: number) {
    this.repository = repository;
    this.#key = key;
    this.#version = version;
  }

  /** The same of a copy of the repository. */
  of(copy: string): RepositoryForge {
    return new RepositoryForge(copy, this.#key, this.#version);
  }

  /** Encrypted under the repository's key. */
  seal(plain: Uint8Array): Buffer {
    return seal(this.#key, plain);
  }

  /** An index, snapshot or lock file; returns its id. */
  saveFile(kind: 'index' | 'snapshots' | 'locks', value: unknown): string {
    const json = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8');
    const sealed = this.seal(this.#version >= 2 ? Buffer.concat([Buffer.from([2]), zstdCompressSync(json)]) : json);
    const id = sha256(sealed);
    writeFileSync(join(this.repository, kind, id), sealed);
    return id;
  }

  /** A pack with its header; not yet in any index. */
  savePack(blobs: readonly ForgedBlob[]): ForgedPack {
    const parts: Buffer[] = [];
    const header: Buffer[] = [];
    const indexed: IndexedBlob[] = [];
    let offset = 0;
    for (const blob of blobs) {
      const sealed = this.seal(blob.compress === true ? zstdCompressSync(blob.plain) : blob.plain);
      const id = blob.id ?? sha256(blob.plain);
      const length = blob.claimedStoredLength ?? sealed.length;
      const plainLength = blob.claimedLength ?? blob.plain.length;
      const entry = Buffer.alloc(blob.compress === true ? 41 : 37);
      entry[0] = (blob.type === 'tree' ? 1 : 0) + (blob.compress === true ? 2 : 0);
      entry.writeUInt32LE(length, 1);
      if (blob.compress === true) entry.writeUInt32LE(plainLength, 5);
      entry.write(id, entry.length - 32, 'hex');
      header.push(entry);
      parts.push(sealed);
      indexed.push({
        id,
        type: blob.type,
        offset,
        length,
        ...(blob.compress === true ? { uncompressed_length: plainLength } : {}),
      });
      offset += sealed.length;
    }
    const sealedHeader = this.seal(Buffer.concat(header));
    const lengthField = Buffer.alloc(4);
    lengthField.writeUInt32LE(sealedHeader.length);
    const pack = Buffer.concat([...parts, sealedHeader, lengthField]);
    const id = sha256(pack);
    mkdirSync(join(this.repository, 'data', id.slice(0, 2)), { recursive: true });
    writeFileSync(join(this.repository, 'data', id.slice(0, 2), id), pack);
    return { id, blobs: indexed };
  }

  saveIndex(packs: readonly ForgedPack[]): string {
    return this.saveFile('index', { packs });
  }

  /** Packs and indexes blobs (data and trees apart); returns their true ids, in order. */
  saveBlobs(blobs: readonly ForgedBlob[]): string[] {
    const packs = (['data', 'tree'] as const)
      .map((type) => blobs.filter((blob) => blob.type === type))
      .filter((group) => group.length > 0)
      .map((group) => this.savePack(group));
    this.saveIndex(packs);
    return blobs.map((blob) => blob.id ?? sha256(blob.plain));
  }

  /** A tree of these nodes, exactly as given: unsorted, with whatever names. Returns its id. */
  saveTree(nodes: readonly object[] | string): string {
    const text = typeof nodes === 'string' ? nodes : `${JSON.stringify({ nodes })}\n`;
    return this.saveBlobs([{ type: 'tree', plain: Buffer.from(text, 'utf8') }])[0] ?? '';
  }

  saveSnapshot(fields: { readonly tree: string; readonly [field: string]: unknown }): string {
    return this.saveFile('snapshots', {
      time: '2024-01-01T00:00:00Z',
      paths: ['/forged'],
      hostname: 'forge',
      username: 'root',
      ...fields,
    });
  }

  /** Bytes of a pack, for those who want to change them. */
  readPack(id: string): Buffer {
    return readFileSync(join(this.repository, 'data', id.slice(0, 2), id));
  }
}

/** A plain file or folder node with sane fields; override what is to be odd. */
export function forgedNode(fields: {
  readonly name: string;
  readonly type: string;
  readonly [field: string]: unknown;
}): object {
  const time = '2024-01-01T00:00:00Z';
  const base = {
    mtime: time,
    atime: time,
    ctime: time,
    uid: 0,
    gid: 0,
    user: 'root',
    group: 'root',
    inode: 1,
    device_id: 1,
  };
  const mode = fields.type === 'dir' ? 0x80000000 + 0o755 : 0o644;
  return {
    ...base,
    mode,
    ...(fields.type === 'file' ? { size: 0, links: 1, content: [] } : { content: null }),
    ...fields,
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Poly1305 by its definition (RFC 8439 §2.5), with r as 16 bytes to be clamped. */
function poly1305(rBytes: Buffer, s: Buffer, message: Buffer): Buffer {
  const little = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);
  const r = little(rBytes) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const p = (1n << 130n) - 5n;
  let accumulator = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    accumulator = ((accumulator + little(block) + (1n << BigInt(8 * block.length))) * r) % p;
  }
  const tag = (accumulator + little(s)) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}
