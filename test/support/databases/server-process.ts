/** Database servers for one test: started, waited for, ended with all that they started. */
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  /** Ends it at once; it may be asked twice. */
  stop(): Promise<void>;
}

export interface ServerProcessOptions extends ServerUser {
  readonly program: string;
  readonly args: readonly string[];
  readonly isReady: () => Promise<boolean>;
  readonly timeoutMs?: number;
}

/** Resolves when it answers. @throws Error with what it said, if it ends or is silent for too long */
export async function startServer(options: ServerProcessOptions): Promise<ServerProcess> {
  const { program, args, isReady, timeoutMs = 30_000, uid, gid } = options;
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4000);
    });
  }
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      said += error.message;
      resolve();
    });
    child.once('exit', () => resolve());
  }).then(() => {
    hasEnded = true;
  });
  const stop = async (): Promise<void> => {
    if (!hasEnded && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
  };
  const untilMs = performance.now() + timeoutMs;
  while (!(await isReady())) {
    if (!hasEnded && performance.now() < untilMs) {
      await delay(50);
      continue;
    }
    await stop();
    throw new Error(`${program} does not run: ${said}`);
  }
  return { pid: child.pid ?? 0, stop, [Symbol.asyncDispose]: stop };
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** For servers that refuse to run as root: the first of these users that there is, where we are root. */
export function unprivileged(...names: readonly string[]): ServerUser {
  if (process.getuid?.() !== 0) return {};
  for (const name of names) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number.parseInt(spawnSync('id', [flag, name]).stdout.toString(), 10));
    if (uid !== undefined && gid !== undefined && !Number.isNaN(uid)) return { uid, gid };
  }
  throw new Error(`none of the users ${names.join(', ')} is there`);
}
