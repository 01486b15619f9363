/**
 * A contract, mounted: each of its methods becomes a route whose input is read by its schemas once, and whose answer is what
 * the handler gives.
 *
 *     route → params, query, body by schema (422 names the fields) → handler → answer
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type Contract,
  type Method,
  methodsOf,
  type ParsedInputOf,
  type SentAnswerOf,
} from '../../control/contract-types.ts';
import { callerSignal } from '../../http/http-server.ts';
import { readInput, readTexts, type TextFields, textFieldsOf } from '../../http/read-input.ts';
import { type AnswerOptions, sendAnswer } from './send-answer.ts';

export interface CallContext {
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

/** What does the work of one method. Throws `HoldfastError`s; anything else is answered as a fault of ours. */
export type Handler<M extends Method> = (
  input: ParsedInputOf<M>,
  context: CallContext,
) => SentAnswerOf<M> | Promise<SentAnswerOf<M>>;

/** A handler for each method of a contract; a missing one does not compile. */
export type HandlersOf<C extends Contract> = {
  readonly [G in keyof C['groups']]: {
    readonly [N in keyof C['groups'][G]]: C['groups'][G][N] extends Method ? Handler<C['groups'][G][N]> : never;
  };
};

/** Adds the routes of all methods below `/api`. */
export function mountContract<C extends Contract>(
  server: FastifyInstance,
  contract: C,
  handlers: HandlersOf<C>,
  options: AnswerOptions,
): void {
  for (const method of methodsOf(contract)) {
    const handler = handlerOf(handlers, method.group, method.name);
    const read = reader(method);
    server.route({
      method: method.verb,
      url: `/api${method.path}`,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const answer = await handler(read(request), { signal: callerSignal(request, reply) });
        return sendAnswer(method, answer, reply, options);
      },
    });
  }
}

/** Handlers are typed by the contract whose names are walked here; that the function is there is checked again. */
function handlerOf(handlers: Readonly<Record<string, unknown>>, group: string, name: string): AnyHandler {
  const handler: unknown = Reflect.get(Object(handlers[group]), name);
  if (typeof handler !== 'function') throw new TypeError(`There is no handler for ${group}.${name}.`);
  return (input, context) => handler.call(undefined, input, context);
}

type AnyHandler = (input: ReturnType<ReturnType<typeof reader>>, context: CallContext) => unknown;

/** Reads the input of a method; what its schemas need is found out once. */
function reader({ params, query, body }: Method) {
  const paramFields: TextFields = params === undefined ? {} : textFieldsOf(params);
  const queryFields: TextFields = query === undefined ? {} : textFieldsOf(query);
  return (request: FastifyRequest) => ({
    params: params && readInput(params, readTexts(paramFields, recordOf(request.params))),
    query: query && readInput(query, readTexts(queryFields, recordOf(request.query))),
    body: body && readInput(body, request.body),
  });
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
