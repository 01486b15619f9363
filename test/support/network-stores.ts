/** Each kind of network destination with a repository on a real server, whose files lie in a folder of this machine. */
import { appendFileSync, readFileSync } from 'node:fs';
import type { Backend, BackendPlace } from '../../src/backend/backend.ts';
import { openRestBackend } from '../../src/backend/rest/rest-backend.ts';
import { openSftpBackend } from '../../src/backend/sftp/sftp-backend.ts';
import { startRclone } from './rclone.ts';
import { startTestServer } from './server.ts';
import { startSshd } from './sshd.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { requireTool } from './tools.ts';

export interface NetworkStore extends AsyncDisposable {
  /** "sftp", "rest (rclone)". */
  readonly name: string;
  /** Of the server. */
  readonly port: number;
  /** Of the repository: empty until somebody makes it. */
  readonly folder: string;
  /** What is being written may be seen under its name, and what is left of it. */
  readonly showsUnfinished: boolean;
  /** By way of a port of loopback: the server's, or one of a proxy before it. */
  place(port: number): BackendPlace;
  /** The backend alone, without what the registry puts around it. */
  open(port: number, options?: { readonly stallMs: number; readonly connectMs: number }): Backend;
}

/** As `-o` of the command line gives them. */
export function optionsOf({ location, credentials = {} }: BackendPlace): string[] {
  const kind = location.slice(0, location.indexOf(':'));
  return [
    '-r',
    location,
    ...Object.entries(credentials).flatMap(([name, value]) => ['-o', `${kind}.${name}=${value}`]),
  ];
}

/** Those whose programs are installed. */
export async function networkStores(): Promise<NetworkStore[]> {
  const starts = [
    ...(requireTool('sshd') && requireTool('ssh-keygen') ? [sftpStore()] : []),
    ...(requireTool('rclone') ? [rcloneStore()] : []),
    serverStore(),
  ];
  return await Promise.all(starts);
}

async function sftpStore(): Promise<NetworkStore> {
  const server = await startSshd();
  const folder = server.folder.at('repository');
  const known = server.folder.at('user', 'known_hosts');
  const hostKey = readFileSync(server.folder.at('host_key.pub'), 'utf8');
  const ports = new Set([server.port]);
  const place = (port: number) => {
    if (!ports.has(port)) appendFileSync(known, `[127.0.0.1]:${port} ${hostKey}`);
    ports.add(port);
    const location = server.location(folder).replace(`:${server.port}/`, `:${port}/`);
    return { location, credentials: server.credentials };
  };
  return {
    name: 'sftp',
    port: server.port,
    folder,
    showsUnfinished: false,
    place,
    open: (port, options) => openSftpBackend(place(port).location.slice('sftp:'.length), place(port), options),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function rcloneStore(): Promise<NetworkStore> {
  const folder = await temporaryFolder();
  const server = await startRclone({ folder: folder.at('repository') });
  const { port } = new URL(server.url);
  return {
    ...restStore('rest (rclone)', Number(port), '/'),
    folder: server.folder,
    showsUnfinished: true, // rclone 1.60 writes local files in place
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function serverStore(): Promise<NetworkStore> {
  const server = await startTestServer({ scopes: [{ id: 'all', dialect: 'restic' }] });
  const credentials = { username: 'any', password: await server.token('admin') };
  return {
    ...restStore('rest (holdfast)', Number(new URL(server.url).port), '/restic/all/', credentials),
    folder: server.repository('all'),
    showsUnfinished: false,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function restStore(name: string, port: number, path: string, credentials: Record<string, string> = {}) {
  const place = (at: number) => ({ location: `rest:http://127.0.0.1:${at}${path}`, credentials });
  return {
    name,
    port,
    place,
    open: (at: number, options?: { readonly stallMs: number; readonly connectMs: number }) =>
      openRestBackend(place(at).location.slice('rest:'.length), place(at), options),
  };
}
