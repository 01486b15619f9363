/** How the connection to the agent is, for whatever shows it. */
import { useSyncExternalStore } from 'react';
import type { HoldfastError } from '../../src/control/errors.ts';

export type ConnectionState =
  | { readonly state: 'connecting' | 'open' }
  /** Lost; it is tried again by itself. */
  | { readonly state: 'waiting'; readonly retryAt: number; readonly error: HoldfastError }
  /** It will not come back by itself: no login, or another version. */
  | { readonly state: 'refused'; readonly error: HoldfastError };

let current: ConnectionState = { state: 'connecting' };
const listeners = new Set<() => void>();

export function setConnection(state: ConnectionState): void {
  current = state;
  for (const listener of listeners) listener();
}

export function useConnection(): ConnectionState {
  return useSyncExternalStore(subscribe, () => current);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
