/**
 * A strict server of one dialect on loopback, made from the fixtures only: for tests of clients.
 *
 *     await using stub = await startDialectStub('fa');
 *     stub.answer('backup-status', { values: { 'data.status': 'failed', 'data.extra': 'disk full' } });
 *     … the client, with stub.url and stub.token …
 *     expect(stub.refused).toEqual([]);
 *
 * A documented request gets the first queued answer that is for it, or else its documented good answer. Whatever the document does not
 * have gets 599, a status of no server, with a text that says what was not documented; it is kept in `refused`. Every request is kept in
 * `requests`.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerBody, type Dialect, type Fixture, fixture, fixturesOf, type Json } from './dialect-fixtures.ts';
import { productExtensions } from './dialect-product.ts';
import { type AskedRequest, refusal, samePlace } from './dialect-requests.ts';
import { type RawAnswer, sendRaw } from './raw-answer.ts';
import { type Nullable, nullableOf, sameShape } from './same-shape.ts';

interface DialectStubOptions {
  /** Takes what the real product takes beyond its document (dialect-product.ts), and knows its `product:…` answers. */
  readonly withProduct?: boolean;
  /** Of the two documents of organizations: whose requests it takes. Answers of both can be queued. Default 2020. */
  readonly version?: '2018' | '2020';
  /** What stands before the documented paths in `url`, as /api/3. */
  readonly prefix?: string;
}

/** Other values at places of the documented body, as `results[0].status`; a function makes them of the request. */
type Values = Readonly<Record<string, Json>>;

interface AnswerChange {
  readonly values?: Values | ((request: StubRequest) => Values);
  /** What `values` may turn from null into a value and back; default what the dialect has. */
  readonly nullable?: Nullable;
  /** How often; Infinity: from now on. Default 1. */
  readonly times?: number;
}

export interface StubRequest extends AskedRequest {
  /** The fixture that it was taken for; undefined: refused, or a download. */
  readonly fixture: string | undefined;
}

interface Queued {
  readonly of: Fixture | undefined;
  left: number;
  answer(request: StubRequest): RawAnswer;
}

export type DialectStub = Awaited<ReturnType<typeof startDialectStub>>;

export async function startDialectStub(dialect: Dialect, options: DialectStubOptions = {}) {
  const { withProduct = false, version = '2020', prefix = '' } = options;
  const rules = { token: `token-${randomUUID()}`, withProduct };
  const extra = withProduct ? productExtensions[dialect].exchanges() : [];
  const inVersion = (of: Fixture) => dialect !== 'organizations' || of.document === `organizations-${version}.txt`;
  const documented = fixturesOf(dialect).filter(inVersion).concat(extra);
  const requests: StubRequest[] = [];
  const refused: { readonly request: StubRequest; readonly reason: string }[] = [];
  const downloads = new Map<string, RawAnswer>();
  let queue: Queued[] = [];

  const named = (name: string) => extra.find((one) => one.name === name) ?? fixture(dialect, name);

  const answerTo = (asked: AskedRequest): RawAnswer => {
    const download = downloads.get(asked.target);
    if (download !== undefined && asked.method === 'GET') {
      requests.push({ ...asked, fixture: undefined });
      return download;
    }
    const inside = asked.target.startsWith(`${prefix}/`);
    const request = { ...asked, target: inside ? asked.target.slice(prefix.length) : asked.target };
    const fits = (of: Fixture) => inside && refusal(of, request, rules) === undefined;
    const found = documented.find(fits);
    const kept = { ...asked, fixture: found?.name };
    requests.push(kept);
    const refuse = (reason: string): RawAnswer => {
      refused.push({ request: kept, reason });
      return { status: 599, headers: { 'Content-Type': 'text/plain' }, body: reason };
    };
    if (found === undefined) {
      const near = documented.filter((of) => inside && of.response.status < 300 && samePlace(of, request));
      const whys = near.map((of) => `${refusal(of, request, rules)} (${of.name})`);
      return refuse(`Not documented for ${dialect}: ${whys.join('; ') || `${asked.method} ${asked.target}`}.`);
    }
    const queued = queue.find((one) => one.of === undefined || fits(one.of));
    if (queued === undefined) return documentedAnswer(found);
    queued.left -= 1;
    queue = queue.filter((one) => one.left > 0);
    try {
      return queued.answer(kept);
    } catch (error) {
      return refuse(String(error));
    }
  };

  const server = createServer(async (incoming, response) => {
    // A client that goes away while it sends gets no answer, and made no request.
    const asked = await readRequest(incoming).catch(() => undefined);
    if (asked !== undefined) await sendRaw(response, answerTo(asked));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // It listens on a port, so the address is one.
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;

  return {
    /** What the client is given: the documented paths follow it. */
    url: `${origin}${prefix}`,
    /** The credential that it takes. */
    token: rules.token,
    requests: requests as readonly StubRequest[],
    refused: refused as readonly (typeof refused)[number][],
    /** Queues a documented answer, for the next request that its fixture documents. @throws Error when `values` don't fit it */
    answer: (name: string, change: AnswerChange = {}) => {
      const of = named(name);
      const { values = {}, nullable = nullableOf(dialect), times = 1 } = change;
      const answerWith = (found: Values) => documentedAnswer(of, found, nullable);
      const fixed = typeof values === 'function' ? undefined : answerWith(values);
      const answer = (request: StubRequest) =>
        fixed ?? answerWith(typeof values === 'function' ? values(request) : values);
      queue.push({ of, left: times, answer });
    },
    /** Queues any answer, for the next request that the fixture documents, or the next documented one whatsoever. */
    answerRaw: (answer: RawAnswer, to: { readonly name?: string; readonly times?: number } = {}) => {
      const of = to.name === undefined ? undefined : named(to.name);
      queue.push({ of, left: to.times ?? 1, answer: () => answer });
    },
    /** A URL at this server that gives these, for answers that name one; asked for it without a credential. */
    download: (answer: RawAnswer, name = 'backup.tar'): string => {
      const target = `/download/${randomUUID()}/${name}`;
      downloads.set(target, answer);
      return `${origin}${target}`;
    },
    /** How many queued answers nobody asked for. Those without an end don't count. */
    unused: () => queue.filter((one) => Number.isFinite(one.left)).length,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @throws Error when the values make another shape of it */
function documentedAnswer(of: Fixture, values: Values = {}, nullable: Nullable = {}): RawAnswer {
  const { status, headers, text } = of.response;
  if (text !== undefined) return { status, headers: { 'Content-Type': 'text/plain', ...headers }, body: text };
  const body = answerBody(of);
  if (body === undefined) return { status, headers };
  const changed = structuredClone(body);
  for (const [path, value] of Object.entries(values)) setAt(changed, path, value);
  const [difference] = sameShape(changed, body, { nullable });
  if (difference !== undefined)
    throw new Error(`The changed answer ${of.name} is not the documented one: ${difference}`);
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(changed) };
}

/** @throws Error when the path leads nowhere */
function setAt(root: unknown, path: string, value: Json): void {
  const steps = path.split(/\.|\[|\]\.?/).filter((step) => step !== '');
  const last = steps.pop();
  let at: unknown = root;
  for (const step of steps) at = typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined;
  if (last === undefined || typeof at !== 'object' || at === null) throw new Error(`The answer has no ${path}`);
  Reflect.set(at, last, value);
}

async function readRequest(incoming: IncomingMessage): Promise<AskedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const { method = '', url = '', headers } = incoming;
  return { method, target: url, headers, body: Buffer.concat(chunks) };
}
