/** The cache of answers. Events keep them fresh, so that none is asked again for its age or for a window that got the focus. */
import { QueryClient } from '@tanstack/react-query';
import { isHoldfastError } from '../../src/control/errors.ts';

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        // The agent is on this machine: it is there also without a network.
        networkMode: 'always',
        retry: (count, error) => count < 2 && isHoldfastError(error) && error.retry === 'backoff',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
