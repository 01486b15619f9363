/** Which token a request shows: as the password of Basic (whatever the user's name), or as Bearer. */
import { HoldfastError } from '../../base/errors.ts';

/** How a request came: what the proxy tells of it, where one is believed. */
export interface Way {
  readonly protocol: string;
  /** Of the caller. */
  readonly ip: string;
}

/** Nobody can listen: it is encrypted, or never leaves this machine. */
export function isPrivateWay({ protocol, ip }: Way): boolean {
  return protocol === 'https' || /^(127\.|::1$|::ffff:127\.)/i.test(ip);
}

/**
 * Undefined where none is shown.
 *
 * @throws `permission` for a password that somebody could have read on its way: browsers and programs send it unasked, by an address
 */
export function tokenShown(authorization: string | undefined, way: Way): string | undefined {
  const bearer = /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return undefined;
  if (!isPrivateWay(way)) {
    throw new HoldfastError('permission', 'A password may not come over plain http from another machine: use https.');
  }
  const text = Buffer.from(basic, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}
