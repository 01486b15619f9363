/** HTTP answers as they should not be: for what a client must survive. */
import type { ServerResponse } from 'node:http';

export interface RawAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /**
   * `reset`: the connection is reset before anything is said. `truncated`: it ends after half of the body that was announced. A promise:
   * half of the body is sent, the rest when it settles.
   */
  readonly fault?: 'reset' | 'truncated' | Promise<void>;
}

const html = '<!doctype html><html><body><h1>It works!</h1></body></html>';

/** The usual ones by name. */
export const rawAnswers = {
  garbage: { headers: { 'Content-Type': 'application/json' }, body: Uint8Array.of(0xff, 0x00, 0x7b, 0x22, 0xfe) },
  html: { headers: { 'Content-Type': 'text/html' }, body: html },
  empty: { headers: { 'Content-Type': 'application/json' }, body: '' },
  reset: { fault: 'reset' },
  truncated: {
    headers: { 'Content-Type': 'application/json' },
    body: '{"response": [1, 2, 3, 4]}',
    fault: 'truncated',
  },
  /** As middleware that runs twice does it. */
  twice: (status: number, body: unknown): RawAnswer => ({
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body).repeat(2),
  }),
  /** @param retryAfter in seconds, or a date as HTTP writes it */
  busy: (status: 429 | 503, retryAfter: string): RawAnswer => ({ status, headers: { 'Retry-After': retryAfter } }),
  redirect: (location: string, status = 302): RawAnswer => ({ status, headers: { Location: location } }),
} as const satisfies Record<string, RawAnswer | ((...given: never[]) => RawAnswer)>;

export async function sendRaw(response: ServerResponse, answer: RawAnswer): Promise<void> {
  if (answer.fault === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const body = Buffer.from(answer.body ?? '');
  const status = answer.status ?? 200;
  const length = status === 204 ? {} : { 'Content-Length': String(body.length) };
  response.writeHead(status, { ...length, ...answer.headers });
  if (answer.fault === undefined) {
    response.end(body);
    return;
  }
  const half = Math.ceil(body.length / 2);
  await new Promise<void>((resolve) => response.write(body.subarray(0, half), () => resolve()));
  if (answer.fault === 'truncated') {
    response.socket?.destroy();
    return;
  }
  await answer.fault;
  response.end(body.subarray(half));
}
