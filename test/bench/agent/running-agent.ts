/** The real agent of the build, in a profile of its own: started, asked through its API, looked at from outside, ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, createClient } from '../../../src/control/client.ts';
import { contract } from '../../../src/control/contract.ts';
import { readAgentFile } from '../../../src/platform/agent-file.ts';
import type { Command } from '../measure.ts';

const pollMs = 10;
const waitMs = 300_000;
const ticksPerSecond = 100; // USER_HZ, the same on all Linux machines

export class RunningAgent implements AsyncDisposable {
  readonly client: Client<typeof contract>;
  readonly readySeconds: number;
  readonly #process: ChildProcess;
  readonly #pid: number;
  readonly #signal: AbortSignal;

  private constructor(parts: {
    client: Client<typeof contract>;
    readySeconds: number;
    process: ChildProcess;
    pid: number;
    signal: AbortSignal;
  }) {
    this.client = parts.client;
    this.readySeconds = parts.readySeconds;
    this.#process = parts.process;
    this.#pid = parts.pid;
    this.#signal = parts.signal;
  }

  /** Starts it with its data in `folder`, and waits until it listens and every continuous plan is watched. */
  static async start(command: Command, folder: string, signal: AbortSignal): Promise<RunningAgent> {
    const started = performance.now();
    const child = spawn(command.file, command.args, {
      env: command.env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const found = await until(signal, () => {
      if (child.exitCode !== null) throw new Error('The agent ended while it started.');
      const agent = readAgentFile(join(folder, 'agent'));
      return agent.state === 'running' && agent.agent.pid === child.pid ? agent.agent : undefined;
    });
    const client = createClient(contract, { baseUrl: `http://127.0.0.1:${found.port}`, token: found.token });
    await until(signal, async () => {
      const plans = await client.plans.list({ signal });
      return plans.every(({ watching }) => watching?.ready ?? true) ? true : undefined;
    });
    const readySeconds = (performance.now() - started) / 1000;
    return new RunningAgent({ client, readySeconds, process: child, pid: found.pid, signal });
  }

  /** What `look` finds, asked again and again until it is not undefined. */
  until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    return until(this.#signal, look);
  }

  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'latin1');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
  }

  get cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}

async function until<T>(signal: AbortSignal, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const from = performance.now(); performance.now() - from < waitMs; ) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(pollMs, undefined, { signal });
  }
  throw new Error('What was waited for did not come in five minutes.');
}
