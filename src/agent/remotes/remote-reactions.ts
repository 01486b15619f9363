/**
 * What follows of what remotes answer, or do not: events for the faces, and one notice about a remote that has not answered for
 * long. Short blips are nobody's business.
 */
import type { Clock } from '../../base/clock.ts';
import type { RemoteConfig } from '../../config/remote.ts';
import type { EventHub } from '../../http/event-stream.ts';
import type { AgentEvents } from '../agent-state.ts';
import type { Notices } from '../notices.ts';
import type { RemoteNews } from './remote-news.ts';
import type { RemoteKnown } from './remote-states.ts';

export interface RemoteReactionsOptions {
  readonly events: EventHub<AgentEvents>;
  readonly notices: Notices;
  readonly clock: Clock;
  /** Backups that differ from the last look. */
  readonly onNews: (remote: RemoteConfig, news: readonly RemoteNews[]) => void;
}

const unreachableCode = 'remote-unreachable';
const refusedCode = 'remote-refused';
const longMs = 60 * 60_000;
/** A computer that slept for long has asked but once. */
const fewestFailures = 3;

export class RemoteReactions {
  readonly #options: RemoteReactionsOptions;

  constructor(options: RemoteReactionsOptions) {
    this.#options = options;
  }

  answered(remote: RemoteConfig, news: readonly RemoteNews[]): void {
    const { events, notices } = this.#options;
    notices.settle(unreachableCode, { remoteId: remote.id });
    notices.settle(refusedCode, { remoteId: remote.id });
    this.seen(remote, news);
    events.publish('remote.changed', { remoteId: remote.id });
  }

  /** A job or a call saw it. */
  seen(remote: RemoteConfig, news: readonly RemoteNews[]): void {
    const { events, onNews } = this.#options;
    for (const one of news) events.publish('remote.backup', { remoteId: remote.id, remoteName: remote.name, ...one });
    if (news.length > 0) onNews(remote, news);
  }

  failed({ id, name, pollMinutes }: RemoteConfig, { failure }: RemoteKnown): void {
    const { events, notices, clock } = this.#options;
    events.publish('remote.changed', { remoteId: id });
    if (failure === undefined) return;
    const { since, count, code, message, hint } = failure;
    const told = { level: 'warning', remoteId: id, ...(hint === undefined ? {} : { hint }) } as const;
    if (code === 'unauthenticated' || code === 'permission') {
      // It answers: that will not pass by itself.
      notices.add({ ...told, code: refusedCode, message: `"${name}" refuses: ${message}` });
      return;
    }
    const lastedMs = clock.now().getTime() - Date.parse(since);
    if (count < fewestFailures || lastedMs < Math.max(longMs, 3 * pollMinutes * 60_000)) return;
    if (notices.has(unreachableCode, { remoteId: id })) return;
    notices.add({ ...told, code: unreachableCode, message: `"${name}" has not answered since ${since}: ${message}` });
  }
}
