/** One HTTP/1.1 exchange over a bare socket: what `fetch` would not let a test say (any Host, any Origin, broken requests). */
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; the last of several. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends the text as it is, and reads until the server closes; undefined when it closes without an answer. */
export async function rawExchange(port: number, text: string): Promise<RawAnswer | undefined> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(text);
  let answer = '';
  try {
    for await (const chunk of socket.setEncoding('latin1')) answer += String(chunk);
  } catch {
    // The server may reset the connection when it answered before it had read everything.
  }
  const [head = '', ...body] = answer.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const status = /^HTTP\/1\.1 (\d+)/.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(status), headers: Object.fromEntries(headers), body: body.join('\r\n\r\n') };
}

/** A request of these headers, that asks the server to close afterwards. */
export function requestText(
  line: string,
  headers: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
  body = '',
): string {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  return `${line} HTTP/1.1\r\n${pairs.map(([name, value]) => `${name}: ${value}\r\n`).join('')}connection: close\r\n\r\n${body}`;
}
