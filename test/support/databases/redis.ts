/** A Redis server of its own: a free loopback port, nothing is kept on disk. */
import { writeFileSync } from 'node:fs';
import { runProcess } from '../run-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { freePort, type ServerProcess, startServer } from './server-process.ts';

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly password: string;
  readonly pid: number;
  /** What `redis-cli` prints for commands, a line each. */
  ask(commands: string | Uint8Array): Promise<string>;
  stop(): Promise<void>;
}

/** @param settings more lines of its configuration */
export async function startRedis(password: string, settings: readonly string[] = []): Promise<RedisServer> {
  const folder = await temporaryFolder();
  let server: ServerProcess | undefined;
  try {
    const port = await freePort();
    const env = { ...process.env, REDISCLI_AUTH: password };
    const cli = (input: string | Uint8Array) => runProcess('redis-cli', ['-p', String(port)], { env, input });
    const usual = [`port ${port}`, 'bind 127.0.0.1', `requirepass ${JSON.stringify(password)}`, 'save ""'];
    const more = [`dir ${folder.path}`, 'repl-diskless-sync-delay 0'];
    writeFileSync(folder.at('redis.conf'), [...usual, ...more, ...settings].join('\n')); // no password in its arguments
    server = await startServer({
      program: 'redis-server',
      args: [folder.at('redis.conf')],
      isReady: async () => (await cli('PING')).stdout.startsWith('PONG'),
    });
    const { pid, stop } = server;
    return {
      port,
      password,
      pid,
      stop,
      ask: async (commands) => (await cli(commands)).stdout.trim(),
      [Symbol.asyncDispose]: async () => {
        await stop();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await server?.stop();
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
