/** The port of a way to tell: a webhook, a ping, mail. */
import type { TellingEvent } from './telling-event.ts';

export interface Channel {
  readonly id: string;
  /** For reports: `webhook "ops"`. Never an address: those of webhooks and pings are secrets in themselves. */
  readonly name: string;
  wants(event: TellingEvent): boolean;
  /**
   * Tells it, once. Throws a `HoldfastError` (`retry: 'backoff'` when it may work later), without secrets and addresses in it;
   * gives up after `timeoutMs` of its own; cancellation rejects with `signal.reason`.
   */
  send(event: TellingEvent, signal: AbortSignal): Promise<void>;
}

/** Looks up a secret by its name; undefined when it is not kept. */
export type SecretLookup = (name: string, signal: AbortSignal) => Promise<string | undefined>;
