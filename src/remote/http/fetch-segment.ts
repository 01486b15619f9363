/**
 * One segment of a download, into the part file: from where it stopped, as often as it takes within bounds.
 *
 *     ask for a fresh URL ─► GET, with Range and If-Range if some of it is there
 *       206 that goes on where we are ─► append      200 ─► from the beginning      416 at its end ─► done
 *       broke off, stalled, not available ─► wait, again
 *       400, 403, 404 of a URL that is encoded twice ─► once more, decoded
 *
 * Guarantees: bytes of two versions of a segment are never mixed, as far as its ETag or size tells them apart.
 */
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { PartFile } from './part-file.ts';
import { type Followed, sendFollowing } from './redirects.ts';
import { retryAfterMs } from './retry-after.ts';
import { RetryBudget, type RetryLimits } from './retry-budget.ts';
import type { Transport } from './transport.ts';

export interface SegmentSource {
  /** Absolute. Its query never stands in an error. */
  readonly url: URL | string;
  /** Names in lower case; sent to this URL's origin only. `RemoteHttp.credentialHeaders(url)` if the URL wants the credential. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Segment {
  readonly name: string;
  /**
   * A URL that works now: called anew for every try, as links may work once only, or expire.
   *
   * @param fromByte of the segment, what will be asked for by Range
   */
  readonly open: (fromByte: number, signal: AbortSignal) => Promise<SegmentSource>;
}

export interface FetchSegmentOptions {
  readonly transport: Transport;
  readonly part: PartFile;
  /** Called with every chunk that was written. */
  readonly onBytes: () => void;
  readonly signal: AbortSignal;
}

/** Tries count anew whenever so much more was got. */
const progressBytes = 1024 * 1024;
const limits: RetryLimits = { tries: 8, totalMs: 10 * 60_000, firstCapMs: 1_000, lastCapMs: 30_000 };
const mayBeEncodedTwice = new Set([400, 403, 404]);

type Outcome = 'done' | 'broke-off' | 'from-start';

/** @throws HoldfastError: what `Transport.send` throws, or one by the status */
export async function fetchSegment(segment: Segment, options: FetchSegmentOptions): Promise<void> {
  const { transport, part, signal } = options;
  const budget = new RetryBudget(limits, transport);
  let furthest = part.segmentDone;
  let mayResume = true;
  for (;;) {
    if (part.segmentDone > 0 && !(mayResume && isKnown(part))) await part.restartSegment();
    let failure: HoldfastError;
    try {
      const answer = await ask(segment, options);
      const outcome = await take(segment, answer, options);
      if (outcome === 'done') return;
      if (outcome === 'from-start') mayResume = false;
      failure = brokeOff(segment, answer.url);
    } catch (error) {
      if (!isHoldfastError(error) || error.retry !== 'backoff') throw error;
      failure = error;
    }
    if (part.segmentDone >= furthest + progressBytes) {
      furthest = part.segmentDone;
      budget.reset();
    }
    const waitMs = budget.next(1000 * Number(failure.context.retryAfterSeconds ?? 0));
    if (waitMs === undefined) throw failure;
    await transport.clock.sleep(waitMs, signal);
  }
}

/** Without an ETag or a size nothing tells that the rest belongs to what is there. */
function isKnown({ state }: PartFile): boolean {
  return state.etag !== undefined || state.segmentBytes !== undefined;
}

async function ask(segment: Segment, { transport, part, signal }: FetchSegmentOptions): Promise<Followed> {
  const { url, headers: given } = await segment.open(part.segmentDone, signal);
  const first = checked(url);
  const { etag } = part.state;
  const resume =
    part.segmentDone === 0
      ? {}
      : { range: `bytes=${part.segmentDone}-`, ...(etag === undefined ? {} : { 'if-range': etag }) };
  const headers = { ...given, ...resume };
  const get = (to: URL) => sendFollowing(transport, { method: 'GET', url: to, headers, repeatable: true }, signal);
  const answer = await get(first);
  const decoded = new URL(first.href.replace(/%25([0-9a-f]{2})/gi, '%$1'));
  if (!mayBeEncodedTwice.has(answer.answer.status) || decoded.href === first.href) return answer;
  answer.answer.discard();
  return await get(decoded);
}

async function take(
  segment: Segment,
  followed: Followed,
  { transport, part, onBytes, signal }: FetchSegmentOptions,
): Promise<Outcome> {
  const { answer, url } = followed;
  const { status, headers } = answer;
  const range = contentRange(headers['content-range']);
  const etag = strongEtag(headers.etag);
  if (status === 416 && part.segmentDone > 0) {
    answer.discard();
    return range?.total === part.segmentDone ? 'done' : 'from-start';
  }
  if (status === 206) {
    const { state, segmentDone } = part;
    const isSame =
      range?.from === segmentDone &&
      (state.etag === undefined || etag === undefined || etag === state.etag) &&
      (state.segmentBytes === undefined || range.total === undefined || range.total === state.segmentBytes);
    if (!isSame || segmentDone === 0) {
      answer.discard();
      return 'from-start';
    }
  } else if (status === 200) {
    if (part.segmentDone > 0) await part.restartSegment();
    const length = headers['content-length'];
    part.describeSegment({
      segmentName: segment.name,
      ...(etag === undefined ? {} : { etag }),
      ...(length === undefined ? {} : { segmentBytes: Number(length) }),
    });
  } else {
    answer.discard();
    throw refusal(segment, followed, retryAfterMs(headers['retry-after'], transport.clock.now()));
  }
  for await (const chunk of answer.body) {
    signal.throwIfAborted();
    await part.append(chunk);
    onBytes();
  }
  const { segmentBytes } = part.state;
  if (segmentBytes === undefined || part.segmentDone === segmentBytes) return 'done';
  if (part.segmentDone > segmentBytes) throw tooMuch(segment, url);
  return 'broke-off';
}

function checked(url: URL | string): URL {
  const text = String(url);
  if (URL.canParse(text)) return new URL(text);
  throw new HoldfastError('unsupported', 'The remote gave something as the address of a download that is none.');
}

// bytes 100-199/200, bytes 100-199/*, bytes */200 (RFC 9110, 14.4)
function contentRange(header: string | undefined): { readonly from?: number; readonly total?: number } | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, from, total] = match;
  return {
    ...(from === undefined ? {} : { from: Number(from) }),
    ...(total === undefined || total === '*' ? {} : { total: Number(total) }),
  };
}

/** Weak ones say that two are alike, not that they are the same bytes. */
function strongEtag(header: string | undefined): string | undefined {
  return header !== undefined && /^"[^"]{0,1000}"$/.test(header) ? header : undefined;
}

function refusal({ name }: Segment, { answer: { status }, url }: Followed, askedMs: number | undefined): HoldfastError {
  const passes = status === 408 || status === 429 || status >= 500;
  const code =
    status === 404 || status === 410 ? 'not-found' : status === 401 || status === 403 ? 'permission' : 'network';
  return new HoldfastError(
    code,
    `${url.host} does not give the download "${name}": it answered with status ${status}.`,
    {
      retry: passes ? 'backoff' : 'never',
      hint: passes
        ? 'Try again later: it goes on where it stopped.'
        : 'The link may have expired: try again. If it stays, look at the backup on the remote.',
      context: {
        status,
        host: url.host,
        ...(askedMs === undefined ? {} : { retryAfterSeconds: Math.ceil(askedMs / 1000) }),
      },
    },
  );
}

function brokeOff({ name }: Segment, url: URL): HoldfastError {
  return new HoldfastError('network', `The download of "${name}" from ${url.host} ended before its end.`, {
    retry: 'backoff',
    hint: 'Try again: it goes on where it stopped.',
    context: { host: url.host },
  });
}

function tooMuch({ name }: Segment, url: URL): HoldfastError {
  return new HoldfastError('corrupt', `${url.host} sent more of "${name}" than there is of it.`, {
    hint: 'Try again; if it stays, look at the backup on the remote.',
    context: { host: url.host },
  });
}
