/** The settings of the agent, and one way to change a part of them. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { HoldfastError } from '../../../src/control/errors.ts';
import { agentQuery, type CallAnswer } from '../../data/agent-call.ts';
import { client } from '../../data/client.ts';

export type SettingsView = CallAnswer<'settings', 'get'>;
type Change = (now: SettingsView) => SettingsView;

export function useSettings() {
  return useQuery(agentQuery('settings', 'get'));
}

/** Shown at once, and taken back where the agent refuses. What others changed meanwhile in other parts stays. */
export function useChangeSettings() {
  const queryClient = useQueryClient();
  const { queryKey } = agentQuery('settings', 'get');
  return useMutation<SettingsView, HoldfastError, Change, SettingsView | undefined>({
    // One after the other: each begins with what the one before left.
    scope: { id: 'settings' },
    mutationFn: async (change) => {
      const { signal } = new AbortController();
      const body = change(await client.settings.get({ signal }));
      return client.settings.update({ body, signal });
    },
    onMutate: (change) => {
      const before = queryClient.getQueryData<SettingsView>(queryKey);
      if (before !== undefined) queryClient.setQueryData(queryKey, change(before));
      return before;
    },
    onError: (_error, _change, before) => {
      if (before !== undefined) queryClient.setQueryData(queryKey, before);
    },
    onSuccess: (after) => queryClient.setQueryData(queryKey, after),
  });
}
