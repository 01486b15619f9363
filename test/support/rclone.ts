/** `rclone serve restic` over a folder: restic's REST protocol as the real rclone speaks it, on a free port of loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

export interface RcloneServer extends AsyncDisposable {
  /** With a slash at its end. */
  readonly url: string;
  readonly folder: string;
  /** What it said so far. */
  readonly log: readonly string[];
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** The same again, on the same port, after `kill`. */
  restart(): Promise<void>;
}

export interface RcloneOptions {
  /** Of the repository; need not exist. */
  readonly folder: string;
  /** As rclone has them: "--append-only", "--user". */
  readonly flags?: readonly string[];
  readonly scheme?: 'http' | 'https';
}

/** Needs `requireTool('rclone')`. */
export async function startRclone({ folder, flags = [], scheme = 'http' }: RcloneOptions): Promise<RcloneServer> {
  const port = await freePort();
  const log: string[] = [];
  let running: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    // Without its memory of what it saw, which would outlive what another program removes.
    const usual = ['--config', '/dev/null', '--cache-objects=false', '-v', '--addr', `127.0.0.1:${port}`];
    const child = spawn('rclone', ['serve', 'restic', ...usual, ...flags, folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running = child;
    const lines = createInterface({ input: child.stderr });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        log.push(line);
        if (line.includes('Serving restic REST API')) resolve();
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`rclone ended (${code}): ${log.join('\n')}`)));
    });
  };
  const kill = async (): Promise<void> => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start();
  return {
    url: `${scheme}://127.0.0.1:${port}/`,
    folder,
    log,
    kill,
    restart: start,
    [Symbol.asyncDispose]: kill,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
