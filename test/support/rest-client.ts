/** Says to a server of restic's REST protocol what the restic program never would. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

export const version2 = 'application/vnd.x.restic.rest.v2';

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface RestClient {
  /** Of the repository, with a slash at its end. */
  readonly url: string;
  ask(method: string, path: string, options?: RequestInit): Promise<Response>;
  /** Status of an upload. */
  save(path: string, body: Uint8Array | string): Promise<number>;
  /** An upload of which only this much is sent. */
  begin(path: string, sent: Uint8Array | string, length: number | 'chunked'): Promise<Socket>;
}

export function restClient(url: string, token: string): RestClient {
  const authorization = `Bearer ${token}`;
  const ask = (method: string, path: string, options: RequestInit = {}) =>
    fetch(`${url}${path}`, { method, ...options, headers: { authorization, ...options.headers } });
  return {
    url,
    ask,
    save: async (path, body) => {
      const response = await ask('POST', path, { body: body as string });
      await response.arrayBuffer();
      return response.status;
    },
    begin: async (path, sent, length) => {
      const { hostname, port, pathname } = new URL(url);
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      const size = Buffer.byteLength(sent);
      const [header, body] =
        length === 'chunked'
          ? ['transfer-encoding: chunked', Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), Buffer.from(sent)])]
          : [`content-length: ${length}`, Buffer.from(sent)];
      const head = `POST ${pathname}${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: ${authorization}\r\n${header}\r\n\r\n`;
      socket.write(Buffer.concat([Buffer.from(head), body]));
      return socket;
    },
  };
}

/** Files below a folder, with those that have no name yet. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => `${entry.parentPath.slice(folder.length)}/${entry.name}`.replace(/^\//, ''))
    .sort();
}
