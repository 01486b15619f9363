/** A dump of Redis (RDB) as the commands that make it, by a server of its own that nobody else can reach. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { HoldfastError, messageOf } from '../../base/errors.ts';
import { type Program, readProgram, runToEnd } from '../../platform/stream-program.ts';

const redisServer: Program = { names: ['redis-server'], packages: { debian: 'redis-server', homebrew: 'redis' } };
const redisCli: Program = { names: ['redis-cli'], packages: { debian: 'redis-tools', homebrew: 'redis' } };

const pollMs = 50;
const socketName = 's';
const quotedChars = 600;

/**
 * @param folder private: the server's socket is in it, and whoever may enter may ask it
 * @param fileName of the dump in it
 * @returns the path of the file of commands, in the folder; the server has ended
 * @throws `corrupt` if the server does not load the dump
 */
export async function commandsOfDump(folder: string, fileName: string, signal: AbortSignal): Promise<string> {
  const end = new AbortController();
  const during = AbortSignal.any([signal, end.signal]);
  let log = '';
  const running = (async () => {
    for await (const chunk of readProgram({ program: redisServer, args: argsOf(folder, fileName), signal: during })) {
      log = `${log}${Buffer.from(chunk).toString('utf8')}`.slice(-quotedChars);
    }
  })();
  const ended = running.then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    const done = writeCommands(folder, during);
    done.catch(() => undefined);
    const failed = ended.then((error) => {
      throw cannotLoad(error, log);
    });
    failed.catch(() => undefined);
    await Promise.race([done, failed]);
  } finally {
    end.abort();
    await ended;
    signal.throwIfAborted();
  }
  return findCommands(folder);
}

function cannotLoad(error: unknown, log: string): unknown {
  if (error instanceof HoldfastError && error.code === 'not-found') return error;
  return new HoldfastError('corrupt', `redis-server cannot load the dump: ${log.trim() || messageOf(error)}`, {
    hint: 'It must be as new as the server that was dumped, with the same modules.',
    cause: error,
  });
}

function argsOf(folder: string, fileName: string): string[] {
  const reach = ['--port', '0', '--unixsocket', join(folder, socketName), '--unixsocketperm', '700'];
  const files = ['--dir', folder, '--dbfilename', fileName, '--save', '', '--appendonly', 'no'];
  return [...reach, ...files, '--aof-use-rdb-preamble', 'no', '--daemonize', 'no'];
}

async function writeCommands(folder: string, signal: AbortSignal): Promise<void> {
  const ask = (...args: string[]): Promise<string> =>
    runToEnd({
      program: redisCli,
      args: ['-s', join(folder, socketName), ...args],
      environment: { REDISCLI_AUTH: undefined },
      signal,
    });
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    while (!(await isSo())) await systemClock.sleep(pollMs, signal);
  };
  await until(async () => existsSync(join(folder, socketName)));
  await until(async () => (await ask('PING')).startsWith('PONG'));
  await ask('BGREWRITEAOF');
  await until(async () =>
    /^aof_rewrite_in_progress:0\s[\s\S]*^aof_rewrite_scheduled:0\s/m.test(await ask('INFO', 'persistence')),
  );
  if (!/^aof_last_bgrewrite_status:ok/m.test(await ask('INFO', 'persistence'))) {
    throw new HoldfastError('io', 'The second redis-server could not write the commands of the dump.', {
      hint: `Free space where ${folder} lies, and try again.`,
    });
  }
}

/** Redis 7 and later write a folder of parts, earlier ones a file. */
async function findCommands(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const found = names.find((name) => name.endsWith('.base.aof')) ?? names.find((name) => name === 'appendonly.aof');
  if (found === undefined) throw new HoldfastError('io', 'The second redis-server wrote no commands of the dump.');
  return join(folder, found);
}
