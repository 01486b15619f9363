/**
 * Every method of the control contract, as a query or a mutation of TanStack Query:
 *
 *     const { data } = useQuery(agentQuery('plans', 'get', { params: { id } }));
 *     const run = useAgentMutation('plans', 'run');      run.mutate({ params: { id }, body: {} })
 *
 * The key of a query is [group, name, input]; events of the agent keep answers fresh (data/live.ts), so nothing polls.
 */
import { queryOptions, type UseMutationOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { contract } from '../../src/control/contract.ts';
import type { AnswerOf, InputOf, Method } from '../../src/control/contract-types.ts';
import type { HoldfastError } from '../../src/control/errors.ts';
import { client } from './client.ts';

type Groups = (typeof contract)['groups'];
export type GroupName = keyof Groups;
type MethodName<G extends GroupName> = keyof Groups[G] & string;
type MethodOf<G extends GroupName, N extends MethodName<G>> = Groups[G][N] extends Method ? Groups[G][N] : never;

/** What a method is given; its answer. */
export type CallInput<G extends GroupName, N extends MethodName<G>> = InputOf<MethodOf<G, N>>;
export type CallAnswer<G extends GroupName, N extends MethodName<G>> = AnswerOf<MethodOf<G, N>>;

/** The input may be left out where nothing in it is needed. */
type InputArguments<T> = Record<never, never> extends T ? [input?: T] : [input: T];

export function agentQuery<G extends GroupName, N extends MethodName<G>>(
  group: G,
  name: N,
  ...[input]: InputArguments<CallInput<G, N>>
) {
  return queryOptions<CallAnswer<G, N>, HoldfastError>({
    queryKey: input === undefined ? [group, name] : [group, name, input],
    queryFn: ({ signal }) => call(group, name, input, signal),
  });
}

type MutationOptions<G extends GroupName, N extends MethodName<G>> = Omit<
  UseMutationOptions<CallAnswer<G, N>, HoldfastError, CallInput<G, N>>,
  'mutationFn'
>;

/** A mutation; when it is done, all queries of its group and the status are asked anew. */
export function useAgentMutation<G extends GroupName, N extends MethodName<G>>(
  group: G,
  name: N,
  options: MutationOptions<G, N> = {},
) {
  const queryClient = useQueryClient();
  return useMutation<CallAnswer<G, N>, HoldfastError, CallInput<G, N>>({
    ...options,
    mutationFn: (input) => call(group, name, input, new AbortController().signal),
    onSettled: async (...settled) => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: [group] }),
        queryClient.invalidateQueries({ queryKey: ['agent', 'status'] }),
      ]);
      await options.onSettled?.(...settled);
    },
  });
}

function call<G extends GroupName, N extends MethodName<G>>(
  group: G,
  name: N,
  input: CallInput<G, N> | undefined,
  signal: AbortSignal,
): Promise<CallAnswer<G, N>> {
  // The client has the groups and methods of the contract, each with the types that are asked for here; indexing it by type
  // parameters is more than the compiler follows.
  const method: unknown = Reflect.get(client[group], name);
  if (typeof method !== 'function') throw new TypeError(`There is no method ${group}.${name}.`);
  return method({ ...(input as object | undefined), signal }) as Promise<CallAnswer<G, N>>;
}
