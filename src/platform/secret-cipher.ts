/**
 * Encrypts secrets under a passphrase: AES-256-GCM, with a key that scrypt makes of it. Both are in OpenSSL and BoringSSL.
 *
 * An encrypted secret is one line of text: a mark and a JSON object that holds all that is needed besides the passphrase. The
 * name of the secret is authenticated with it, so that files cannot be swapped. Keys are kept while the cipher lives, and new
 * secrets use the salt of those already seen, so that scrypt (a quarter of a second) runs once and not for each secret.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';

const mark = 'holdfast-encrypted-secret ';

/** N = 2^15, r = 8, p = 3: OWASP's Password Storage Cheat Sheet; 32 MiB of memory. */
const cost = { N: 2 ** 15, r: 8, p: 3 };

/** Files are read with the cost that they were written with, within limits. */
const base64 = z.string().regex(/^[A-Za-z0-9+/]+=*$/);
const envelopeSchema = z.object({
  version: z.literal(1),
  N: z
    .int()
    .min(2 ** 14)
    .max(2 ** 20),
  r: z.int().min(8).max(16),
  p: z.int().min(1).max(16),
  salt: base64,
  nonce: base64,
  data: base64,
});

type Envelope = z.infer<typeof envelopeSchema>;
type Cost = Pick<Envelope, 'N' | 'r' | 'p'>;

const TAG_BYTES = 16;

export function isEncryptedSecret(text: string): boolean {
  return text.startsWith(mark);
}

export class SecretCipher {
  readonly #passphrase: string;
  readonly #keys = new Map<string, Promise<Buffer>>();
  #salt: string | undefined;

  constructor(passphrase: string) {
    this.#passphrase = passphrase;
  }

  async encrypt(name: string, secret: string): Promise<string> {
    this.#salt ??= randomBytes(16).toString('base64');
    const key = await this.#key(this.#salt, cost);
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
    const data = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    const envelope: Envelope = {
      version: 1,
      ...cost,
      salt: this.#salt,
      nonce: nonce.toString('base64'),
      data: data.toString('base64'),
    };
    return `${mark}${JSON.stringify(envelope)}\n`;
  }

  /** @throws HoldfastError 'wrong-password' if the passphrase does not open it; 'corrupt' if it is none of ours */
  async decrypt(name: string, text: string): Promise<string> {
    const envelope = parseEnvelope(name, text);
    const data = Buffer.from(envelope.data, 'base64');
    const key = await this.#key(envelope.salt, envelope);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(envelope.nonce, 'base64'), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(name)).setAuthTag(data.subarray(-TAG_BYTES));
      const secret = Buffer.concat([decipher.update(data.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
      if (envelope.N === cost.N && envelope.r === cost.r && envelope.p === cost.p) this.#salt ??= envelope.salt;
      return secret;
    } catch {
      throw new HoldfastError('wrong-password', `The passphrase does not open the kept secret "${name}".`, {
        hint: 'Give the passphrase that it was kept under (HOLDFAST_PASSPHRASE or HOLDFAST_PASSPHRASE_FILE).',
      });
    }
  }

  #key(salt: string, { N, r, p }: Cost): Promise<Buffer> {
    const id = `${N} ${r} ${p} ${salt}`;
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const maxmem = 128 * N * r + (1 << 20) * (p + 1);
    scrypt(this.#passphrase, Buffer.from(salt, 'base64'), 32, { N, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
    this.#keys.set(id, promise);
    return promise;
  }
}

function parseEnvelope(name: string, text: string): Envelope {
  try {
    return envelopeSchema.parse(JSON.parse(text.slice(mark.length)));
  } catch (cause) {
    throw new HoldfastError('corrupt', `The kept secret "${name}" is damaged.`, {
      hint: 'Remove its file and give the secret again.',
      cause,
    });
  }
}
