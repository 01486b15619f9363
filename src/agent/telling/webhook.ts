/** A webhook: the event as JSON, by POST. The body is a `TellingEvent`. */
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Webhook } from '../../config/telling.ts';
import type { Channel, SecretLookup } from './channel.ts';
import { post } from './post.ts';

export function webhookChannel(webhook: Webhook, secrets: SecretLookup, clock: Clock): Channel {
  const name = `webhook "${webhook.id}"`;
  return {
    id: webhook.id,
    name,
    wants: ({ kind, repeated }) => repeated !== true && webhook.events.includes(kind),
    send: async (event, signal) => {
      const headers = { 'content-type': 'application/json', ...(await secretHeader(webhook, name, secrets, signal)) };
      await post({ to: name, url: webhook.url, headers, body: JSON.stringify(event), clock, signal });
    },
  };
}

async function secretHeader({ secretHeader }: Webhook, name: string, secrets: SecretLookup, signal: AbortSignal) {
  if (secretHeader === undefined) return {};
  const value = await secrets(secretHeader.secret, signal);
  if (value === undefined) throw missingSecret(name, secretHeader.secret);
  return { [secretHeader.name]: value };
}

/** The configuration names a secret that nobody kept. */
export function missingSecret(channel: string, secret: string): HoldfastError {
  return new HoldfastError('not-found', `The secret "${secret}" of the ${channel} is not kept on this computer.`, {
    hint: 'Enter it again in the settings.',
  });
}
