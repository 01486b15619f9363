/** The page of the window, and who counts as it. */
import { scheme, shellHost } from '../protocol/scheme.ts';

/** True for the address of a view; not for the API's, which is for calls and downloads. */
export function isOwnPage(url: string): boolean {
  const parsed = parse(url);
  return parsed !== undefined && isOurs(parsed) && !parsed.pathname.startsWith('/api/');
}

/** What the window may save to disk: answers of the API. */
export function isOwnDownload(url: string): boolean {
  const parsed = parse(url);
  return parsed !== undefined && isOurs(parsed) && parsed.pathname.startsWith('/api/');
}

/** What is used of Electron's WebFrameMain. */
export interface SenderFrame {
  readonly url: string;
  readonly parent: unknown;
}

/** Whether a message comes from our page itself: not from a frame in it, nor from one that is gone. */
export function isTrustedSender(frame: SenderFrame | null): boolean {
  return frame !== null && frame.parent === null && isOwnPage(frame.url);
}

function isOurs({ protocol, host, username, password }: URL): boolean {
  return protocol === `${scheme}:` && host === shellHost && username === '' && password === '';
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
