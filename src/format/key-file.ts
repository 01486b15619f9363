/**
 * Key files (plain JSON in the repository) and the master key inside of them (restic design.rst, Keys, Encryption and MAC).
 */
import { HoldfastError } from '../base/errors.ts';
import { jsonText } from './go-json.ts';
import { asObject, encodeBase64, FieldReader, parseJsonObject } from './json-object.ts';

export interface KeyFile {
  /** RFC 3339. */
  readonly created: string;
  readonly username: string;
  readonly hostname: string;
  readonly kdf: 'scrypt';
  /** scrypt's cost: a power of two. */
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Uint8Array;
  /** The master key's JSON, sealed with the key that scrypt made: IV ‖ ciphertext ‖ MAC. */
  readonly data: Uint8Array;
}

/** What encrypts and authenticates everything in a repository. */
export interface MasterKey {
  /** AES-256, 32 bytes. */
  readonly encryption: Uint8Array;
  /** AES-128 key of Poly1305-AES, 16 bytes. */
  readonly macK: Uint8Array;
  /** Poly1305's r, 16 bytes, not clamped. */
  readonly macR: Uint8Array;
}

/** More memory than this for one scrypt run is an attack, not a key: 128 · N · r bytes. */
const MAX_SCRYPT_BYTES = 2 ** 30;

/** Reads a key file. Throws 'corrupt'; 'unsupported' for another KDF or costs that no machine should pay. */
export function parseKeyFile(bytes: Uint8Array): KeyFile {
  const what = 'the key file';
  const fields = new FieldReader(parseJsonObject(bytes, what), what);
  const kdf = fields.string('kdf');
  if (kdf !== 'scrypt') {
    throw new HoldfastError(
      'unsupported',
      `${what} uses the key derivation ${JSON.stringify(kdf)}; only scrypt is known`,
    );
  }
  const [N, r, p] = [fields.integer('N', 2 ** 31), fields.integer('r', 2 ** 30), fields.integer('p', 2 ** 30)];
  if (N < 2 || !Number.isInteger(Math.log2(N))) throw fields.wrong('N', 'a power of two');
  if (r < 1 || p < 1) throw fields.wrong(r < 1 ? 'r' : 'p', 'positive');
  if (128 * N * r > MAX_SCRYPT_BYTES || p > 1024) {
    throw new HoldfastError('unsupported', `${what} asks for too much work: scrypt N=${N} r=${r} p=${p}`);
  }
  return {
    created: fields.optionalString('created') ?? '',
    username: fields.optionalString('username') ?? '',
    hostname: fields.optionalString('hostname') ?? '',
    kdf,
    N,
    r,
    p,
    salt: fields.bytes('salt'),
    data: fields.bytes('data'),
  };
}

/** The JSON that restic writes for it. */
export function encodeKeyFile(key: KeyFile): Uint8Array {
  const who = `"created":${jsonText(key.created)},"username":${jsonText(key.username)},"hostname":${jsonText(key.hostname)}`;
  const cost = `"kdf":"scrypt","N":${key.N},"r":${key.r},"p":${key.p}`;
  const secret = `"salt":"${encodeBase64(key.salt)}","data":"${encodeBase64(key.data)}"`;
  return Buffer.from(`{${who},${cost},${secret}}`, 'latin1');
}

/** Reads the decrypted `data` of a key file. Throws 'corrupt' (all-zero parts are refused, as restic does). */
export function parseMasterKey(bytes: Uint8Array): MasterKey {
  const what = 'the master key';
  const fields = new FieldReader(parseJsonObject(bytes, what), what);
  const mac = new FieldReader(asObject(fields.get('mac'), `${what}'s "mac"`), what);
  return {
    encryption: secretOf(fields, 'encrypt', 32),
    macK: secretOf(mac, 'k', 16),
    macR: secretOf(mac, 'r', 16),
  };
}

/** The JSON that restic writes for it, to be sealed. */
export function encodeMasterKey(key: MasterKey): Uint8Array {
  const mac = `{"k":"${encodeBase64(key.macK)}","r":"${encodeBase64(key.macR)}"}`;
  return Buffer.from(`{"mac":${mac},"encrypt":"${encodeBase64(key.encryption)}"}`, 'latin1');
}

function secretOf(fields: FieldReader, name: string, length: number): Uint8Array {
  const bytes = fields.bytes(name);
  if (bytes.length !== length) throw fields.wrong(name, `${length} bytes`);
  if (bytes.every((byte) => byte === 0)) throw fields.wrong(name, 'a key: it is all zero');
  return bytes;
}
