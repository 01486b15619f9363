/**
 * What the stream of events costs: 1,000 events a second to 20 listeners that read, and to one that never does.
 * The memory and processor time are those of the process that sends.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface EventFigures {
  readonly listeners: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** After it has run for a while. */
  readonly warmBytes: number;
  readonly endBytes: number;
  /** Of one core. */
  readonly cpuShare: number;
  /** Events that a listener got, of the listener that got the fewest, as a share of those published. */
  readonly deliveredShare: number;
}

interface Sent {
  readonly published: number;
  readonly rssBytes: number;
  readonly cpuSeconds: number;
}

const listeners = 20;
const perSecond = 1000;

/**
 * Runs for twice the time: measuring begins when the hub keeps as many events as it ever will (4,096), and the heap has the
 * size that it works with.
 */
export async function measureEvents(seconds: number, signal: AbortSignal): Promise<EventFigures> {
  const child = fork(new URL('./events-server.ts', import.meta.url), [String(perSecond)], { signal });
  child.on('error', () => child.kill());
  try {
    const { port } = await answer<{ readonly port: number }>(child);
    const counts = await Promise.all(Array.from({ length: listeners }, () => listen(port)));
    await stall(port);
    await ask(child);
    await delay(seconds * 1000, undefined, { signal });
    const warm = await ask(child);
    const before = counts.map((count) => count());
    await delay(seconds * 1000, undefined, { signal });
    const end = await ask(child);
    const got = Math.min(...counts.map((count, index) => count() - (before[index] ?? 0)));
    return {
      listeners,
      perSecond,
      seconds,
      warmBytes: warm.rssBytes,
      endBytes: end.rssBytes,
      cpuShare: (end.cpuSeconds - warm.cpuSeconds) / seconds,
      deliveredShare: got / (end.published - warm.published),
    };
  } finally {
    child.disconnect();
  }
}

function ask(child: ChildProcess): Promise<Sent> {
  const answered = answer<Sent>(child);
  child.send('figures');
  return answered;
}

/** What the process of events-server.ts says next. */
async function answer<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message as T;
}

async function open(port: number): Promise<IncomingMessage> {
  const [response] = await once(get({ port, host: '127.0.0.1', agent: false }), 'response');
  return (response as IncomingMessage).on('error', () => {});
}

/** Counts events as they come; the answer is how many there were so far. */
async function listen(port: number): Promise<() => number> {
  const response = await open(port);
  let count = 0;
  response.setEncoding('latin1').on('data', (text: string) => {
    for (let at = text.indexOf('\nevent: '); at !== -1; at = text.indexOf('\nevent: ', at + 1)) count++;
  });
  return () => count;
}

/** Somebody who connects and reads nothing. */
async function stall(port: number): Promise<void> {
  (await open(port)).pause();
}
