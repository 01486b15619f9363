/** Each kind of network destination with a place for a repository on a real server, and a way to what lies there past the network. */
import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import type { Backend, BackendPlace } from '../../src/backend/backend.ts';
import { openLocalBackend } from '../../src/backend/local/local-backend.ts';
import { openRestBackend } from '../../src/backend/rest/rest-backend.ts';
import { openS3Backend } from '../../src/backend/s3/s3-backend.ts';
import { openSftpBackend } from '../../src/backend/sftp/sftp-backend.ts';
import type { Ceph } from './ceph.ts';
import { startRclone } from './rclone.ts';
import { forgeRepository } from './repository-forge.ts';
import { Restic } from './restic.ts';
import { startTestServer } from './server.ts';
import type { SharedRepository } from './shared-repository.ts';
import { startSshd } from './sshd.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { requireTool } from './tools.ts';

const never = new AbortController().signal;

export interface NetworkStore extends AsyncDisposable {
  readonly kind: 'sftp' | 'rest' | 's3';
  /** "sftp", "rest (rclone)". */
  readonly name: string;
  /** Of the server. */
  readonly port: number;
  /** What lies there, not asked for by way of `place`: the server's own files, or another connection to it. */
  readonly truth: Backend;
  /** Files of more bytes are uploaded in parts. */
  readonly partsFromBytes?: number;
  /** What is being written may be seen under its name, and what is left of it. */
  readonly showsUnfinished: boolean;
  /** By way of a port of loopback: the server's, or one of a proxy before it. */
  place(port: number): BackendPlace;
  /** The backend alone, without what the registry puts around it. */
  open(port: number, options?: BackendTimes): Backend;
  /** An empty repository, there. */
  forge(shared: SharedRepository): Promise<void>;
  /** The judge's, not by way of `place` either. */
  restic(shared: SharedRepository): Restic;
}

interface BackendTimes {
  readonly stallMs: number;
  readonly connectMs: number;
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

/** Those whose programs are installed, but for S3: see `cephStore`. */
export async function networkStores(
  kinds: readonly NetworkStore['kind'][] = ['sftp', 'rest'],
): Promise<NetworkStore[]> {
  const hasSshd = () => requireTool('sshd') !== undefined && requireTool('ssh-keygen') !== undefined;
  const starts = [
    ...(kinds.includes('sftp') && hasSshd() ? [sftpStore()] : []),
    ...(kinds.includes('rest') ? [...(requireTool('rclone') ? [rcloneStore()] : []), serverStore()] : []),
  ];
  return await Promise.all(starts);
}

/** A bucket of its own, in a cluster that stays when this is disposed. */
export async function cephStore({ url, owner }: Pick<Ceph, 'url' | 'owner'>): Promise<NetworkStore> {
  const bucket = `network-${randomUUID()}`;
  const credentials = { accessKeyId: owner.accessKeyId, secretAccessKey: owner.secretAccessKey };
  const environment = { AWS_ACCESS_KEY_ID: owner.accessKeyId, AWS_SECRET_ACCESS_KEY: owner.secretAccessKey };
  const partsFromBytes = 2 ** 20;
  const place = (at: number) => ({ location: `s3:http://127.0.0.1:${at}/${bucket}/r`, credentials });
  const open = (at: number, times: Partial<BackendTimes> = {}) =>
    openS3Backend(place(at).location.slice('s3:'.length), place(at), { ...times, partsFromBytes });
  const port = Number(new URL(url).port);
  const truth = open(port);
  await truth.create(never);
  return {
    kind: 's3',
    name: 's3',
    port,
    truth,
    partsFromBytes,
    showsUnfinished: false,
    place,
    open,
    async forge({ folder, password }) {
      const forged = folder.at('forged', bucket);
      forgeRepository(forged, password, 2);
      await using source = openLocalBackend(forged);
      for (const type of ['config', 'key'] as const) {
        for await (const { name } of source.list(type, never)) {
          await truth.save({ type, name }, await source.read({ type, name }, never), never);
        }
      }
    },
    restic: ({ folder, password }) =>
      new Restic({ repository: place(port).location, password, home: folder.at('home'), environment }),
    [Symbol.asyncDispose]: () => truth[Symbol.asyncDispose](),
  };
}

/** Of a store whose server keeps the repository as files in a folder of this machine. */
function inFolder(folder: string): Pick<NetworkStore, 'truth' | 'forge' | 'restic'> {
  return {
    truth: openLocalBackend(folder),
    forge: async ({ password }) => void forgeRepository(folder, password, 2),
    restic: (shared) => shared.on(folder).restic,
  };
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
    ...inFolder(folder),
    kind: 'sftp',
    name: 'sftp',
    port: server.port,
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
    ...inFolder(server.folder),
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
    ...inFolder(server.repository('all')),
    showsUnfinished: false,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function restStore(name: string, port: number, path: string, credentials: Record<string, string> = {}) {
  const place = (at: number) => ({ location: `rest:http://127.0.0.1:${at}${path}`, credentials });
  return {
    kind: 'rest' as const,
    name,
    port,
    place,
    open: (at: number, options?: BackendTimes) =>
      openRestBackend(place(at).location.slice('rest:'.length), place(at), options),
  };
}
