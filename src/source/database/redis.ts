/**
 * Redis: `redis-cli --rdb -`, which is a replica that reads one snapshot of all databases and goes: no file in between. The snapshot
 * is of one moment (the server forks); that it is whole is seen by its end and its checksum.
 *
 * A running server loads no dump, so a restore goes by way of a second one, which nobody else can reach:
 *
 *     dump ──► file in a private folder ──► redis-server loads it ──► writes it as commands (AOF) ──► redis-cli --pipe ──► server
 *
 * All keys and functions of the server are replaced: by one MULTI … EXEC, so that a restore that fails changes nothing. Above
 * 256 MiB of commands, which servers do not take as one transaction, it is FLUSHALL and then the commands. It takes disk for
 * the dump and the commands, and memory for the second server, which must be as new as the one that was dumped.
 *
 * A proof is that the second server loads it.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HoldfastError } from '../../base/errors.ts';
import { privateFolder } from '../../platform/private-folder.ts';
import { type Program, readProgram, runToEnd, type StreamProgramOptions } from '../../platform/stream-program.ts';
import { addressOf, type Connection, type Dump, type EngineDriver } from './database.ts';
import { explainBy } from './explain.ts';
import { untilRdbEnd } from './rdb-end.ts';
import { commandsOfDump } from './redis-commands.ts';

const redisCli: Program = { names: ['redis-cli'], packages: { debian: 'redis-tools', homebrew: 'redis' } };

/** redis-cli itself waits for ever where a server does not speak TLS: it is asked for its version before anything else. */
const longestAnswerMs = 10_000;
const largestTransactionBytes = 256 << 20;

const phrases = {
  unauthenticated: /WRONGPASS|NOAUTH|AUTH failed|invalid (username-)?password/i,
  network:
    /Could not connect|Connection refused|Server closed the connection|I\/O error|LOADING|Error reading|timed? ?out/i,
  missing: /^\b$/,
  permission: /NOPERM|no permissions/i,
};

export const redis: EngineDriver = {
  async *dumps(connection): AsyncGenerator<Dump> {
    await redis.version(connection);
    yield { fileName: 'dump.rdb', content: untilRdbEnd(readProgram(programOf(connection, ['--rdb', '-']))) };
  },

  async restore(connection, _name, database, content) {
    if (database !== undefined) {
      throw new HoldfastError('invalid-input', 'Redis restores all of its databases at once: name none.');
    }
    const { signal } = connection;
    const version = (await redis.version(connection)) ?? '';
    await using folder = privateFolder();
    const commands = await loadDump(folder.path, content, signal);
    const hasFunctions = Number.parseInt(version, 10) >= 7;
    const isOne = (await stat(commands)).size <= largestTransactionBytes;
    const said = await runToEnd({
      ...programOf(connection, ['--pipe']),
      input: replacing(createReadStream(commands), { hasFunctions, isOne }),
    });
    if (!/errors: 0\b/.test(said)) {
      throw new HoldfastError('io', `Redis refused a part of the dump: ${said.trim()}`, {
        hint: isOne
          ? 'Nothing was changed. Read the log of the server.'
          : 'Read the log of the server, and restore again.',
      });
    }
  },

  async verify({ signal }, _name, content) {
    await using folder = privateFolder();
    await loadDump(folder.path, content, signal);
  },

  async version(connection) {
    const limit = AbortSignal.timeout(longestAnswerMs);
    const signal = AbortSignal.any([connection.signal, limit]);
    try {
      const info = await runToEnd(programOf({ ...connection, signal }, ['-e', 'INFO', 'server']));
      return /^redis_version:(\S+)/m.exec(info)?.[1];
    } catch (error) {
      connection.signal.throwIfAborted();
      if (!limit.aborted) throw error;
      throw new HoldfastError('timeout', `Redis does not answer within ${longestAnswerMs / 1000} s.`, {
        retry: 'backoff',
        hint: 'Check the host and the port, and whether the server speaks TLS.',
      });
    }
  },
};

/** @returns the path of the dump as commands, in the folder */
async function loadDump(folder: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string> {
  const fileName = 'dump.rdb';
  await pipeline(untilRdbEnd(content), createWriteStream(join(folder, fileName), { mode: 0o600 }), { signal });
  return commandsOfDump(folder, fileName, signal);
}

async function* replacing(
  commands: AsyncIterable<Uint8Array>,
  { hasFunctions, isOne }: { readonly hasFunctions: boolean; readonly isOne: boolean },
): AsyncGenerator<Uint8Array> {
  const before = [...(isOne ? ['MULTI'] : []), 'FLUSHALL', ...(hasFunctions ? ['FUNCTION FLUSH'] : [])];
  yield Buffer.from(before.map((command) => `${command}\r\n`).join(''));
  yield* commands;
  if (isOne) yield Buffer.from('EXEC\r\n');
}

function programOf(connection: Connection, args: readonly string[]): StreamProgramOptions {
  const { config, password, signal } = connection;
  const { host, port = 6379 } = addressOf(connection);
  const isReplica = connection.replica && config.replica !== undefined;
  const where = config.socket === undefined || isReplica ? ['-h', host, '-p', String(port)] : ['-s', config.socket];
  const user = config.user === undefined || password === undefined ? [] : ['--user', config.user];
  const ca = config.tls?.caFile === undefined ? [] : ['--cacert', config.tls.caFile];
  const tls = config.tls === undefined ? [] : ['--tls', ...ca];
  return {
    program: redisCli,
    args: [...where, ...user, ...tls, '--no-auth-warning', ...args],
    environment: { REDISCLI_AUTH: password },
    secrets: password === undefined ? [] : [password],
    explain: explainBy(phrases, `Redis at ${config.socket ?? `${host}:${port}`}`),
    signal,
  };
}
