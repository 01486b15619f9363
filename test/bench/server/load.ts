/** Asks a server over and over, and says how long each answer took. */
import { Agent, request } from 'node:http';

export interface Load {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly medianMs: number;
  readonly p99Ms: number;
}

export interface Asking {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Path and query of the n-th request. */
  readonly path: (n: number) => string;
}

/** So many callers, each asking again as soon as it was answered. @throws Error for an answer that is not 200 */
export async function load(
  asking: Asking,
  options: { readonly callers: number; readonly requests: number; readonly signal: AbortSignal },
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.callers });
  const times: number[] = [];
  let next = 0;
  const started = performance.now();
  const call = async (): Promise<void> => {
    while (next < options.requests) {
      options.signal.throwIfAborted();
      const begun = performance.now();
      await ask(asking, next++, agent);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: options.callers }, call));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return { requestsPerSecond: times.length / seconds, ...percentiles(times) };
}

/** So many callers, each asking every so many milliseconds, for so long. */
export async function poll(
  asking: Asking,
  options: { readonly callers: number; readonly everyMs: number; readonly forMs: number; readonly signal: AbortSignal },
): Promise<Load> {
  const { callers, everyMs, forMs, signal } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const times: number[] = [];
  const started = performance.now();
  const call = async (_: unknown, caller: number): Promise<void> => {
    for (let at = (caller / callers) * everyMs; at < forMs; at += everyMs) {
      const waitMs = started + at - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      signal.throwIfAborted();
      const begun = performance.now();
      await ask(asking, caller, agent);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return { requestsPerSecond: times.length / seconds, ...percentiles(times) };
}

function percentiles(times: number[]): Pick<Load, 'medianMs' | 'p99Ms'> {
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { medianMs: at(0.5), p99Ms: at(0.99) };
}

function ask({ url, headers = {}, path }: Asking, n: number, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path(n)}`, { agent, headers }, (answer) => {
      answer.resume();
      answer.once('error', reject);
      answer.once('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`${path(n)} is answered by ${answer.statusCode}`)),
      );
    });
    sent.once('error', reject);
    sent.end();
  });
}
