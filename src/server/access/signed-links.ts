/** Links that are good until a time, as often as one likes: signed, not stored. Nothing in them needs to be percent-encoded. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedPart {
  readonly backupId: string;
  /** Letters, digits and "-": which file of the backup. */
  readonly part: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export class SignedLinks {
  readonly #key: Buffer;

  /** @param key 32 bytes */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** Path and query: `/download/<backup>/<part>?expires=…&signature=…`. */
  pathOf(part: SignedPart): string {
    const expires = Math.floor(part.expiresAt / 1000);
    return `/download/${part.backupId}/${part.part}?expires=${expires}&signature=${this.#sign(part, expires)}`;
  }

  /** Whether the link was made here and is not too old. `expires` in seconds since 1970. */
  isGood(
    backupId: string,
    part: string,
    query: { readonly expires: string; readonly signature: string },
    nowMs: number,
  ): boolean {
    const expires = Number(query.expires);
    if (!Number.isSafeInteger(expires) || expires * 1000 < nowMs) return false;
    const right = Buffer.from(this.#sign({ backupId, part }, expires));
    const shown = Buffer.from(query.signature);
    return right.length === shown.length && timingSafeEqual(right, shown);
  }

  #sign({ backupId, part }: Pick<SignedPart, 'backupId' | 'part'>, expires: number): string {
    return createHmac('sha256', this.#key).update(`${backupId}\n${part}\n${expires}`).digest('hex');
  }
}
