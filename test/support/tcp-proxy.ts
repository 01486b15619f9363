/**
 * A TCP proxy on loopback that does to its connections what networks do: cuts, resets, silence, slowness, delay, lost answers. Everything
 * may be changed while it runs, and holds for connections that are there as well.
 *
 *     await using proxy = await startTcpProxy(server.port);
 *     proxy.cutAfter({ direction: 'up', bytes: 10_000, how: 'reset' });
 *
 * "up" is what the client sends, "down" what the server answers.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Direction = 'up' | 'down';
/** Both ends see an orderly end, a reset, or nothing any more, in either direction. */
export type CutHow = 'close' | 'reset' | 'silence';

export interface Weather {
  /** Reads what comes and passes nothing on, in these directions; connections stay open, new ones are taken. */
  readonly swallow?: readonly Direction[];
  /** New connections are reset, those that are there stay. */
  readonly refuse?: boolean;
  /** Bytes a second of each connection. */
  readonly upRate?: number;
  readonly downRate?: number;
  /** Each answer comes so much later; answers stay as close to each other as they were. */
  readonly delayMs?: number;
}

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes that came in, whether they were passed on or not. */
  readonly bytes: Readonly<Record<Direction, number>>;
  /** Connections that were made so far. */
  readonly connections: number;
  /** How often a connection turned from sending to receiving: round trips. */
  readonly turns: number;
  /** How often something was cut or lost as planned. */
  readonly hits: number;
  /** Replaces what was set before; `{}` is fine weather. */
  set(weather: Weather): void;
  /** After so many bytes more (of all connections together) the connection that carries the next one is cut, `times` in a row (1). */
  cutAfter(plan: {
    readonly direction: Direction;
    readonly bytes: number;
    readonly how: CutHow;
    readonly times?: number;
  }): void;
  /** The next answer to at least `afterBytes` of a request is lost: all of the request arrives, then the connection is reset. */
  loseAnswer(plan: { readonly afterBytes: number; readonly times?: number }): void;
  /** Forgets cuts and losses that were planned and did not happen. */
  clear(): void;
  /** Cuts all connections now. */
  cut(how: CutHow): void;
}

/** @param port of the server, or what gives it at each connection */
export async function startTcpProxy(port: number | (() => number)): Promise<TcpProxy> {
  const proxy = new RunningProxy(typeof port === 'number' ? () => port : port);
  await proxy.listen();
  return proxy;
}

interface CutPlan {
  readonly bytes: number;
  readonly how: CutHow;
  left: number;
  times: number;
}

class RunningProxy implements TcpProxy {
  readonly #portOf: () => number;
  readonly #server = createServer({ allowHalfOpen: true }, (client) => this.#take(client));
  readonly #links = new Set<Link>();
  readonly bytes = { up: 0, down: 0 };
  weather: Weather = {};
  connections = 0;
  turns = 0;
  hits = 0;
  readonly #cuts: { [direction in Direction]?: CutPlan } = {};
  #loss: { readonly afterBytes: number; times: number } | undefined;

  constructor(portOf: () => number) {
    this.#portOf = portOf;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  set(weather: Weather): void {
    this.weather = weather;
  }

  cutAfter({ direction, bytes, how, times = 1 }: Parameters<TcpProxy['cutAfter']>[0]): void {
    this.#cuts[direction] = { bytes, how, left: bytes, times };
  }

  loseAnswer({ afterBytes, times = 1 }: Parameters<TcpProxy['loseAnswer']>[0]): void {
    this.#loss = { afterBytes, times };
  }

  clear(): void {
    delete this.#cuts.up;
    delete this.#cuts.down;
    this.#loss = undefined;
  }

  cut(how: CutHow): void {
    for (const link of this.#links) link.end(how);
  }

  /** How much of a chunk may pass, and how it ends then. */
  passed(direction: Direction, bytes: number): { readonly bytes: number; readonly cut?: CutHow } {
    const plan = this.#cuts[direction];
    if (plan === undefined || plan.left >= bytes) {
      if (plan !== undefined) plan.left -= bytes;
      return { bytes };
    }
    const { left, how } = plan;
    this.hits++;
    plan.left = plan.bytes;
    if (--plan.times <= 0) delete this.#cuts[direction];
    return { bytes: left, cut: how };
  }

  isLost(requestBytes: number): boolean {
    const loss = this.#loss;
    if (loss === undefined || requestBytes < loss.afterBytes) return false;
    this.hits++;
    if (--loss.times <= 0) this.#loss = undefined;
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut('reset');
    await closed;
  }

  #take(client: Socket): void {
    if (this.weather.refuse === true) {
      client.resetAndDestroy();
      return;
    }
    this.connections++;
    const link = new Link(this, client, connect({ port: this.#portOf(), host: '127.0.0.1', allowHalfOpen: true }));
    this.#links.add(link);
    client.once('close', () => this.#links.delete(link));
  }
}

/** libuv does not reset a socket that is being shut down, and never closes it then. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** One connection. */
class Link {
  readonly #proxy: RunningProxy;
  readonly #client: Socket;
  readonly #server: Socket;
  /** Of the request that is not answered yet. */
  #requestBytes = 0;
  #isSilent = false;

  constructor(proxy: RunningProxy, client: Socket, server: Socket) {
    this.#proxy = proxy;
    this.#client = client;
    this.#server = server;
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.setNoDelay(true);
      one.on('error', () => reset(other)).on('close', (failed) => failed || other.destroySoon());
    }
    this.#pump('up', client, server);
    this.#pump('down', server, client);
  }

  end(how: CutHow): void {
    if (how === 'silence') {
      this.#isSilent = true;
      return;
    }
    for (const socket of [this.#client, this.#server]) {
      if (how === 'reset') reset(socket);
      else socket.destroySoon();
    }
  }

  #pump(direction: Direction, from: Socket, to: Socket): void {
    const line = new Line(to, () => from.resume());
    from.on('data', (chunk: Buffer) => {
      this.#proxy.bytes[direction] += chunk.length;
      const { weather } = this.#proxy;
      if (this.#isSilent || weather.swallow?.includes(direction) === true) return;
      if (direction === 'up') this.#requestBytes += chunk.length;
      else if (this.#proxy.isLost(this.#requestBytes)) return this.end('reset');
      else {
        if (this.#requestBytes > 0) this.#proxy.turns++;
        this.#requestBytes = 0;
      }
      const { bytes, cut } = this.#proxy.passed(direction, chunk.length);
      const rate = direction === 'up' ? weather.upRate : weather.downRate;
      const isFull = line.send(chunk.subarray(0, bytes), rate, direction === 'down' ? weather.delayMs : undefined);
      if (cut !== undefined) line.whenSent(() => this.end(cut));
      else if (isFull) from.pause();
    });
    from.on('end', () => line.whenSent(() => to.end()));
  }
}

/** Sends in order, not before its time. */
class Line {
  readonly #to: Socket;
  readonly #onRoom: () => void;
  readonly #waiting: { readonly atMs: number; readonly go: () => boolean }[] = [];
  #freeAtMs = 0;
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(to: Socket, onRoom: () => void) {
    this.#to = to;
    this.#onRoom = onRoom;
    to.on('drain', () => this.#run()).once('close', () => {
      clearTimeout(this.#timer);
      this.#isOver = true;
      this.#waiting.length = 0;
    });
  }

  /** True where nothing more should come for now. */
  send(bytes: Buffer, rate: number | undefined, delayMs = 0): boolean {
    if (this.#isOver) return false;
    const pieceBytes = rate === undefined ? Math.max(1, bytes.length) : Math.max(1, Math.floor(rate / 20));
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      const atMs = Math.max(performance.now() + delayMs, this.#freeAtMs);
      this.#freeAtMs = rate === undefined ? 0 : atMs + (piece.length / rate) * 1000;
      this.#waitingBytes += piece.length;
      this.#waiting.push({
        atMs,
        go: () => {
          this.#waitingBytes -= piece.length;
          return this.#to.write(piece);
        },
      });
    }
    this.#run();
    return this.#isFull();
  }

  /** When all that was sent before has gone. */
  whenSent(work: () => void): void {
    const go = () => {
      work();
      return true;
    };
    if (this.#isOver) {
      work();
      return;
    }
    this.#waiting.push({ atMs: Math.max(performance.now(), this.#waiting.at(-1)?.atMs ?? 0), go });
    this.#run();
  }

  #isFull(): boolean {
    return this.#to.writableNeedDrain || this.#waitingBytes > 4 * 2 ** 20;
  }

  #run(): void {
    clearTimeout(this.#timer);
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const waitMs = next.atMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#run(), waitMs);
        break;
      }
      this.#waiting.shift();
      if (!next.go()) break;
    }
    if (!this.#isFull()) this.#onRoom();
  }
}
