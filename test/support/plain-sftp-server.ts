/** An SFTP server that can do only what version 3 demands: no extension, short answers to reads, folders that cannot be opened as files. */
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import ssh2 from 'ssh2';

export interface PlainSftpServer extends AsyncDisposable {
  readonly port: number;
  /** Of its host key, as the setting hostKey takes it. */
  readonly hostKey: string;
}

const { STATUS_CODE } = ssh2.utils.sftp;

export interface PlainSftpOptions {
  /** Of one answer to a read. Default: as many as were asked for. */
  readonly mostBytes?: number;
  /** As servers before object stores: a file that is written has its name once it was closed, which takes a moment. */
  readonly namesOnClose?: boolean;
  /** Ends the connection that wants more channels. */
  readonly mostChannels?: number;
}

/** Lets anybody in who has a password. The requests of one channel are answered one after the other. */
export async function startPlainSftpServer(options: PlainSftpOptions = {}): Promise<PlainSftpServer> {
  const { mostChannels = Number.POSITIVE_INFINITY } = options;
  const key = ssh2.utils.generateKeyPairSync('ed25519');
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
    clients.add(client);
    client.on('error', () => undefined);
    client.on('authentication', (auth) => (auth.method === 'password' ? auth.accept() : auth.reject(['password'])));
    let channels = 0;
    client.on('session', (accept) => {
      channels += 1;
      if (channels > mostChannels) client.end();
      else accept().on('sftp', (begin) => serve(begin(), options));
    });
  });
  // ssh2's own listener leaves Nagle's algorithm on, which costs 40 ms an answer.
  const listener = createServer({ noDelay: true }, (socket) => server.injectSocket(socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    hostKey: key.public.trim(),
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}

const closingMs = 20;
const uploading = '.uploading';

function serve(
  sftp: ssh2.SFTPWrapper,
  { mostBytes = Number.POSITIVE_INFINITY, namesOnClose = false }: PlainSftpOptions,
): void {
  const files = new Map<number, FileHandle | string[]>();
  const folders = new Map<number, string>();
  /** Of files that are written. */
  const names = new Map<number, string>();
  let before: Promise<unknown> = Promise.resolve();
  let last = 0;
  const number = (handle: Buffer): number => handle.readUInt32BE();
  const file = (handle: Buffer): FileHandle => {
    const found = files.get(number(handle));
    if (found === undefined || Array.isArray(found)) throw new Error('no such handle');
    return found;
  };
  const give = (id: number, what: FileHandle | string[], folder = ''): void => {
    last += 1;
    files.set(last, what);
    folders.set(last, folder);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(last);
    sftp.handle(id, handle);
  };
  const answer = (id: number, work: () => Promise<unknown>): void => {
    before = before.then(work).then(
      (answered) => answered === undefined && sftp.status(id, STATUS_CODE.OK),
      (error: NodeJS.ErrnoException) =>
        sftp.status(id, error.code === 'ENOENT' ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE),
    );
  };
  const attributes = async (path: string): Promise<ssh2.Attributes> => {
    const { mode, uid, gid, size, atimeMs, mtimeMs } = await lstat(path);
    return { mode, uid, gid, size, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) };
  };
  const stat = (id: number, path: string) =>
    answer(id, async () => {
      sftp.attrs(id, await attributes(path));
      return true;
    });
  const closeAll = async (): Promise<void> => {
    await before;
    for (const open of files.values()) if (!Array.isArray(open)) await open.close();
    files.clear();
  };
  sftp.on('close', () => void closeAll());
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('MKDIR', (id, path) => answer(id, async () => void (await mkdir(path))));
  sftp.on('REMOVE', (id, path) => answer(id, () => unlink(path)));
  sftp.on('RENAME', (id, from, to) =>
    answer(id, async () => {
      await link(from, to);
      await unlink(from);
    }),
  );
  sftp.on('OPEN', (id, path, flags) =>
    answer(id, async () => {
      if (
        await lstat(path).then(
          (found) => found.isDirectory(),
          () => false,
        )
      )
        throw new Error('a folder');
      const how = ssh2.utils.sftp.flagsToString(flags) ?? 'r';
      const later = namesOnClose && how !== 'r';
      give(id, await open(later ? path + uploading : path, how));
      if (later) names.set(last, path);
      return true;
    }),
  );
  sftp.on('FSTAT', (id, handle) =>
    answer(id, async () => {
      const { mode, uid, gid, size } = await file(handle).stat();
      sftp.attrs(id, { mode, uid, gid, size, atime: 0, mtime: 0 });
      return true;
    }),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    answer(id, async () => {
      const { buffer, bytesRead } = await file(handle).read(
        Buffer.alloc(Math.min(length, mostBytes)),
        0,
        undefined,
        offset,
      );
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
      return true;
    }),
  );
  sftp.on('WRITE', (id, handle, offset, data) =>
    answer(id, async () => void (await file(handle).write(data, 0, data.length, offset))),
  );
  sftp.on('OPENDIR', (id, path) =>
    answer(id, async () => {
      give(id, await readdir(path), path);
      return true;
    }),
  );
  sftp.on('READDIR', (id, handle) =>
    answer(id, async () => {
      const names = files.get(number(handle));
      const some = Array.isArray(names) ? names.splice(0, 3) : [];
      const path = folders.get(number(handle)) ?? '';
      if (some.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else {
        const entries = some.map(async (filename) => ({
          filename,
          longname: filename,
          attrs: await attributes(join(path, filename)),
        }));
        sftp.name(id, await Promise.all(entries));
      }
      return true;
    }),
  );
  sftp.on('CLOSE', (id, handle) =>
    answer(id, async () => {
      const found = files.get(number(handle));
      files.delete(number(handle));
      if (!Array.isArray(found)) await found?.close();
      const name = names.get(number(handle));
      if (name === undefined) return;
      names.delete(number(handle));
      await setTimeout(closingMs);
      await rename(name + uploading, name);
    }),
  );
}
