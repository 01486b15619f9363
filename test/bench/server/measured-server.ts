/** A `holdfast server` of the build as a process, with a catalog full of backups that are only rows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { newToken } from '../../../src/server/access/token.ts';
import { Catalog } from '../../../src/server/catalog/catalog.ts';
import type { Command } from '../measure.ts';

export interface MeasuredServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Of the whole process, in bytes. */
  residentBytes(): number;
  /** Of one core, in seconds since its start. */
  cpuSeconds(): number;
}

export const ids = {
  panel: '1a2b3c4d-0000-4000-8000-000000000001',
  stacks: '5999b763474b0eafa5fafb64bff0ba80',
} as const;
const ticksPerSecond = 100; // USER_HZ, the same on all Linux machines

/**
 * @param rows for each dialect
 * @param content a folder that the scopes of panel and stacks back up
 */
export async function startMeasuredServer(
  command: (args: readonly string[]) => Command,
  folder: string,
  { rows, content }: { readonly rows: number; readonly content: string },
): Promise<MeasuredServer> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'server.json');
  const scope = (id: string, fields: object) => ({ id, name: id, dialect: id, folders: [content], ...fields });
  writeFileSync(
    config,
    JSON.stringify({
      version: 1,
      listen: { port: 0 },
      requestsPerHour: 1_000_000_000,
      accessLog: 'off',
      scopes: [
        scope('organizations', {}),
        scope('fa', {}),
        scope('panel', { uuid: ids.panel }),
        scope('stacks', { uid: ids.stacks }),
      ],
    }),
  );
  const token = await fill(join(folder, 'catalog.sqlite'), rows);
  const { file, args, env } = command(['server', '--config', config, '--data', folder, '--json']);
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await readyAt(child);
  const { pid } = child;
  return {
    url,
    token,
    residentBytes: () => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]),
    cpuSeconds() {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** Rows as backups leave them, and a token for all. */
async function fill(path: string, rows: number): Promise<string> {
  using catalog = Catalog.open(path);
  const { text, record } = await newToken({ name: 'bench', role: 'admin', scopes: '*', createdAt: 1 });
  catalog.tokens.add(record);
  const { text: owner, record: ofOwner } = await newToken({ name: 'fa', role: 'admin', scopes: ['fa'], createdAt: 1 });
  catalog.tokens.add(ofOwner);
  const archive = { kind: 'tar.gz', bytes: 123_456, sha1: 'a'.repeat(40), recipe: 'bench' } as const;
  const now = Date.now();
  catalog.together(() => {
    for (const scope of ['organizations', 'fa', 'panel', 'stacks']) {
      const content =
        scope === 'stacks'
          ? ({
              kind: 'database',
              engine: 'mysql',
              database: 'app',
              excludedTables: [],
              gzip: false,
              onReplica: false,
            } as const)
          : ({ kind: 'folders', paths: ['/srv/data'], ignored: [] } as const);
      for (let n = 1; n <= rows; n++) {
        const { id } = catalog.backups.add({
          scope,
          name: `Backup ${n}`,
          content,
          createdAt: now,
          ...(scope === 'fa' ? { clientId: n } : {}),
        });
        const done = {
          state: 'done',
          completedAt: now,
          totalBytes: 1_000_000,
          storedBytes: 1000,
          files: 10,
          archive,
        } as const;
        catalog.backups.update(id, done, now);
      }
    }
  });
  return `${text} ${owner}`;
}

async function readyAt(child: ChildProcess): Promise<string> {
  const reader = createInterface({ input: child.stdout! });
  const line = once(reader, 'line').then(([text]) => JSON.parse(String(text)) as { url: string });
  const ended = once(child, 'exit').then(([code]): never => {
    throw new Error(`the server ended (${code})`);
  });
  ended.catch(() => undefined);
  return (await Promise.race([line, ended])).url;
}
