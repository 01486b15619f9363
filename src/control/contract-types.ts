/**
 * The shape of a contract: what a control API offers, said once. Types of the client, types of the handlers, routes and
 * the OpenAPI document all come from it.
 *
 *     const contract = defineContract({
 *       title: 'Holdfast agent', version: '1',
 *       groups: {
 *         plans: {
 *           list: method({ verb: 'GET', path: '/plans', answer: z.array(planSchema), summary: 'All plans' }),
 *           get: method({ verb: 'GET', path: '/plans/:id', params: z.object({ id: z.string() }), answer: planSchema,
 *                         errors: ['not-found'], summary: 'One plan' }),
 *           download: method({ verb: 'GET', path: '/files', query: …, answer: streamOf('application/zip'), … }),
 *           remove: method({ verb: 'DELETE', path: '/plans/:id', params: …, answer: nothing, … }),
 *         },
 *       },
 *       events: { 'job.changed': jobSchema },
 *     });
 *
 * Paths are below `/api`. In `params` and `query` use plain schemas (`z.number()`, `z.boolean()`, `z.array(…)`), not
 * `z.coerce`: text becomes numbers, truth values and lists where the schema asks for them. Bodies should be
 * `z.strictObject`, so that a misspelt field is refused by its name and not ignored.
 *
 * Safe in a browser: nothing of Node is used.
 */
import type { z } from 'zod';
import type { ErrorCode } from '../base/errors.ts';

export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An answer of bytes, sent as they come: downloads and logs. */
export interface StreamAnswer {
  readonly kind: 'stream';
  /** What it may be; the handler says which it is. */
  readonly mediaTypes: readonly [string, ...string[]];
}

/** An answer without content (204). */
export interface NoAnswer {
  readonly kind: 'nothing';
}

/** JSON by a schema, bytes, or nothing. */
export type Answer = z.ZodType | StreamAnswer | NoAnswer;

type MaybeSchema = z.ZodType | undefined;
/** What the text of a URL can be read into. */
type MaybeObject = z.ZodObject | undefined;

/** One method of a contract; made by `method`. */
export interface Method<
  P extends MaybeObject = MaybeObject,
  Q extends MaybeObject = MaybeObject,
  B extends MaybeSchema = MaybeSchema,
  A extends Answer = Answer,
> {
  readonly verb: Verb;
  readonly path: string;
  readonly summary: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly answer: A;
  readonly errors: readonly ErrorCode[];
}

/** What `method` takes: a `Method` in which everything but verb, path, answer and summary may be left out. */
export interface MethodOptions<P extends MaybeObject, Q extends MaybeObject, B extends MaybeSchema, A extends Answer> {
  readonly verb: Verb;
  /** Below `/api`, as `/plans/:id`; each `:name` is a field of `params`. */
  readonly path: `/${string}`;
  /** One sentence for the document of the API. */
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  /** Not for GET. */
  readonly body?: B;
  readonly answer: A;
  /** The codes that this method answers with on purpose, for the document; others may happen. */
  readonly errors?: readonly ErrorCode[];
}

/** The methods of a contract, in groups: `groups.plans.list` is called by `client.plans.list(…)`. */
export type Groups = Readonly<Record<string, Readonly<Record<string, Method>>>>;

export interface Contract {
  readonly title: string;
  /** The version of the API, for the document. */
  readonly version: string;
  readonly groups: Groups;
  /** What is told on the events stream: a schema for the data of each type of event. */
  readonly events: Readonly<Record<string, z.ZodType>>;
}

export const nothing: NoAnswer = { kind: 'nothing' };

/** @param mediaTypes what the bytes may be, as `application/zip` */
export function streamOf(...mediaTypes: [string, ...string[]]): StreamAnswer {
  return { kind: 'stream', mediaTypes };
}

/** A method of a contract. Throws when its path and its parts do not fit together, which is a bug of the contract. */
export function method<
  A extends Answer,
  P extends MaybeObject = undefined,
  Q extends MaybeObject = undefined,
  B extends MaybeSchema = undefined,
>(
  options: MethodOptions<P, Q, B, A>,
  // Not to be inferred from where the method is put: a contract accepts any method, and would make every part `unknown`.
): Method<NoInfer<P>, NoInfer<Q>, NoInfer<B>, NoInfer<A>> {
  const { verb, path, summary, params, query, body, answer, errors = [] } = options;
  if (verb === 'GET' && body !== undefined) throw new TypeError(`${verb} ${path}: GET has no body.`);
  const described = Object.keys(params?.shape ?? {});
  if (described.toSorted().join() !== pathNames(path).toSorted().join()) {
    throw new TypeError(`${verb} ${path}: "params" must describe the names in the path, and only they.`);
  }
  // What was left out is `undefined`, and so are P, Q and B then: inference falls back to their defaults.
  return { verb, path, summary, params: params as P, query: query as Q, body: body as B, answer, errors };
}

/** The names in a path: `/plans/:id` has `id`. */
export function pathNames(path: string): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
}

/** Types of frames that the events stream itself sends. */
export const reservedEvents = ['open', 'reset'] as const;

/** A contract, checked: no two methods share verb and path, nothing takes a reserved name. Throws when it is broken. */
export function defineContract<const C extends Contract>(contract: C): C {
  const seen = new Set<string>();
  for (const { verb, path } of methodsOf(contract)) {
    const shape = `${verb} ${path.replaceAll(/:\w+/g, ':')}`;
    if (seen.has(shape)) throw new TypeError(`Two methods of the contract are ${shape}.`);
    seen.add(shape);
  }
  // `client.events` is the stream.
  if (Object.hasOwn(contract.groups, 'events')) throw new TypeError('The group name "events" is reserved.');
  const taken = reservedEvents.find((name) => Object.hasOwn(contract.events, name));
  if (taken !== undefined) throw new TypeError(`The event name "${taken}" is reserved.`);
  return contract;
}

/** All methods of a contract, with their names. */
export function methodsOf(contract: Contract): readonly (Method & { readonly group: string; readonly name: string })[] {
  return Object.entries(contract.groups).flatMap(([group, methods]) =>
    Object.entries(methods).map(([name, one]) => ({ ...one, group, name })),
  );
}

/** Tells the schema of a JSON answer from the other kinds. */
export function isJsonAnswer(answer: Answer): answer is z.ZodType {
  return !('kind' in answer);
}

type Input<S> = S extends z.ZodType ? z.input<S> : undefined;
type Output<S> = S extends z.ZodType ? z.output<S> : undefined;
/** `{ K: V }`; the key may be left out when everything in V may be; nothing at all when there is no schema. */
type Part<K extends string, V> = V extends undefined
  ? unknown
  : Record<never, never> extends V
    ? { readonly [key in K]?: V }
    : { readonly [key in K]: V };

/** What a caller gives: the `params`, `query` and `body` that the method has. */
export type InputOf<M extends Method> = Part<'params', Input<M['params']>> &
  Part<'query', Input<M['query']>> &
  Part<'body', Input<M['body']>>;

/** What a handler gets: the same, parsed, with defaults filled in. */
export interface ParsedInputOf<M extends Method> {
  readonly params: Output<M['params']>;
  readonly query: Output<M['query']>;
  readonly body: Output<M['body']>;
}

/** Bytes as a caller gets them. */
export interface ReceivedStream {
  readonly mediaType: string;
  /** As the agent proposes to name the file; a bare name, without folders. */
  readonly fileName: string | undefined;
  readonly body: ReadableStream<Uint8Array>;
}

/** Bytes as a handler gives them. */
export interface SentStream {
  readonly mediaType: string;
  /** Makes it a download of this name. */
  readonly fileName?: string;
  /** Where it is known before. */
  readonly sizeBytes?: number;
  /** A Node `Readable` is one. Errors in it cut the connection, so that nobody takes half for whole. */
  readonly body: AsyncIterable<Uint8Array | string>;
}

/** What a caller gets. */
export type AnswerOf<M extends Method> = M['answer'] extends z.ZodType
  ? z.output<M['answer']>
  : M['answer'] extends StreamAnswer
    ? ReceivedStream
    : undefined;

/** What a handler gives. */
export type SentAnswerOf<M extends Method> = M['answer'] extends z.ZodType
  ? z.input<M['answer']>
  : M['answer'] extends StreamAnswer
    ? SentStream
    : // biome-ignore lint/suspicious/noConfusingVoidType: a handler that has nothing to say need not say it
      void;

/** The data of each type of event, by type: what an `EventHub` publishes. */
export type EventsOf<C extends Contract> = { readonly [T in keyof C['events'] & string]: z.output<C['events'][T]> };

/** An event as a listener gets it, told apart by `type`. */
export type EventOf<C extends Contract> = {
  readonly [T in keyof C['events'] & string]: {
    /** Where to go on from: the `since` of a later stream. */
    readonly id: string;
    readonly type: T;
    readonly data: z.output<C['events'][T]>;
  };
}[keyof C['events'] & string];
