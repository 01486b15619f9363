/** What tests of databases do with dumps. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type DatabaseConfig, databaseSchema } from '../../../src/config/database.ts';
import { type DatabaseEntriesOptions, databaseEntries } from '../../../src/source/mod.ts';

/** All dumps of a server by their paths. */
export async function dumpsOf(
  config: DatabaseConfig,
  options: DatabaseEntriesOptions,
): Promise<ReadonlyMap<string, Buffer>> {
  const dumps = new Map<string, Buffer>();
  for await (const { path, content } of databaseEntries(config, options)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content ?? []) chunks.push(chunk);
    dumps.set(path, Buffer.concat(chunks));
  }
  return dumps;
}

/** As a configuration file gives it. */
export function databaseConfig(input: Record<string, unknown>): DatabaseConfig {
  return databaseSchema.parse({ host: '127.0.0.1', ...input });
}

export async function* chunksOf(content: Uint8Array, bytes = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}

/**
 * Looks at the arguments of all processes of the machine, again and again, while something runs.
 *
 * @returns those of the programs that `isOurs` knows by their arguments
 */
export async function argumentsDuring(
  isOurs: (line: string) => boolean,
  run: () => Promise<unknown>,
): Promise<string[]> {
  const seen = new Set<string>();
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      for (const line of allArguments()) if (isOurs(line)) seen.add(line);
      await delay(2);
    }
  })();
  try {
    await run();
  } finally {
    isOver = true;
    await looking;
  }
  return [...seen];
}

function allArguments(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return []; // it has ended
      }
    });
}
