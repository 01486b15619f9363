/**
 * A ping for each backup of a plan, as healthchecks.io has them (healthchecks.io/docs/http_api): `URL/start`, `URL` when it is
 * good, `URL/fail` when it is not. A skipped run is none: the service shall notice that nothing ran.
 */
import type { Clock } from '../../base/clock.ts';
import type { Ping, TellingKind } from '../../config/telling.ts';
import type { Channel } from './channel.ts';
import { post } from './post.ts';

const suffixes: Partial<Record<TellingKind, string>> = {
  started: '/start',
  succeeded: '',
  warning: '',
  failed: '/fail',
};

export function pingChannel(ping: Ping, clock: Clock): Channel {
  const name = `ping "${ping.id}"`;
  return {
    id: ping.id,
    name,
    wants: ({ kind, jobKind, planId }) =>
      jobKind === 'backup' &&
      suffixes[kind] !== undefined &&
      (ping.planIds === undefined || (planId !== undefined && ping.planIds.includes(planId))),
    send: async (event, signal) => {
      // A test shows that the service hears us, and begins no run there that would not end.
      const url = pingUrl(ping.url, event.test === true ? '' : (suffixes[event.kind] ?? ''));
      const body = [event.title, event.message ?? ''].join('\n').trim().slice(0, 10_000);
      await post({ to: name, url, headers: { 'content-type': 'text/plain; charset=utf-8' }, body, clock, signal });
    },
  };
}

function pingUrl(base: string, suffix: string): string {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/$/, '') + suffix;
  return url.href;
}
