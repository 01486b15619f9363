/** A `holdfast server` as a process of its own, with its own home: to be killed, asked to end, and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Holdfast, holdfastCommand } from './holdfast.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

export interface ServerHome extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly holdfast: Holdfast;
  /** Of server.json. */
  readonly config: string;
  /** Starts the server and waits until it listens; one at a time. */
  start(): Promise<ServerProcess>;
}

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Of the first start. */
  readonly firstToken: string | undefined;
  /** Lines of standard output after the first: the access log. */
  readonly lines: readonly string[];
  /** All that it wrote to standard error. */
  errors(): string;
  /** Sends the signal and waits for the end. @returns exit code, or the signal that ended it */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** @param config fields of server.json besides the port, which is a free one */
export async function serverHome(config: Readonly<Record<string, unknown>> = {}): Promise<ServerHome> {
  const folder = await temporaryFolder();
  const file = folder.at('home', '.config', 'holdfast', 'server.json');
  mkdirSync(folder.at('home'), { recursive: true });
  writeFileSync(file, JSON.stringify({ version: 1, listen: { port: 0 }, ...config }));
  const holdfast = new Holdfast({ home: folder.at('home') });
  const running = new Set<ChildProcess>();
  return {
    folder,
    holdfast,
    config: file,
    async start() {
      const [command = '', ...first] = holdfastCommand;
      const child = spawn(command, [...first, 'server', '--json'], {
        env: holdfast.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      running.add(child);
      const exit = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
      void exit.then(() => running.delete(child));
      let stderr = '';
      child.stderr.on('data', (data: Buffer) => {
        stderr += data.toString();
      });
      const lines: string[] = [];
      const reader = createInterface({ input: child.stdout });
      const ready = new Promise<{ url: string; first_token?: string }>((resolve) => {
        reader.once('line', (line) => {
          reader.on('line', (next) => lines.push(next));
          resolve(JSON.parse(line) as { url: string });
        });
      });
      const early = exit.then((code): never => {
        throw new Error(`the server ended (${code}): ${stderr}`);
      });
      early.catch(() => undefined);
      const { url, first_token: firstToken } = await Promise.race([ready, early]);
      return {
        url,
        pid: child.pid!,
        firstToken,
        lines,
        errors: () => stderr,
        async end(signal) {
          child.kill(signal);
          return exit;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        [...running].map(async (child) => {
          child.kill('SIGKILL');
          await once(child, 'exit');
        }),
      );
      await folder[Symbol.asyncDispose]();
    },
  };
}
