/** One POST to a service of somebody else: bounded in time, no redirects followed, errors that name no address. */
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';

export interface PostOptions {
  /** The channel, for errors. */
  readonly to: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const timeoutMs = 10_000;

/** Resolves on any 2xx. Throws `timeout` or `network`; only 408, 429, 5xx and failed connections are worth another try. */
export async function post({ to, url, headers, body, clock, signal }: PostOptions): Promise<void> {
  const done = new AbortController();
  const late = new AbortController();
  clock.sleep(timeoutMs, done.signal).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, late.signal]),
    });
    await response.body?.cancel();
    if (!response.ok) throw refusal(to, response.status);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HoldfastError) throw error;
    if (late.signal.aborted) {
      const message = `The service of the ${to} did not answer within ${timeoutMs / 1000} s.`;
      throw new HoldfastError('timeout', message, { retry: 'backoff' });
    }
    // The cause has the address in it, and is left out.
    throw new HoldfastError('network', `The service of the ${to} cannot be reached.`, {
      hint: 'Check its address, and the network.',
      retry: 'backoff',
    });
  } finally {
    done.abort();
  }
}

function refusal(to: string, status: number): HoldfastError {
  const passes = status === 408 || status === 429 || status >= 500;
  return new HoldfastError('network', `The service of the ${to} answered with status ${status}.`, {
    hint: status < 400 ? 'Give the address that it leads to.' : 'Check its address and its secret.',
    retry: passes ? 'backoff' : 'never',
    context: { status },
  });
}
