/** How a remote stands, as the control API shows it. Pure. */
import type { z } from 'zod';
import type { RemoteConfig } from '../../config/remote.ts';
import type { remoteStatusSchema } from '../../control/schemas/remotes.ts';
import type { Job } from '../../jobs/job.ts';
import type { SecretPlace } from '../../platform/secrets.ts';
import type { Capabilities } from '../../remote/remote.ts';
import { describeTrigger } from '../schedule/describe-trigger.ts';
import { isBusy } from './remote-news.ts';
import type { RemoteKnown } from './remote-states.ts';

export type RemoteStatus = z.input<typeof remoteStatusSchema>;

export interface RemoteStatusFacts {
  readonly remote: RemoteConfig;
  readonly credential: SecretPlace | 'none';
  readonly capabilities: Capabilities | undefined;
  readonly known: RemoteKnown;
  /** Queued and running ones. */
  readonly jobs: readonly Job[];
  readonly nextRunAt: Date | undefined;
  readonly waitingFor: string | undefined;
}

export function remoteStatus(facts: RemoteStatusFacts): RemoteStatus {
  const { remote, credential, capabilities, known, jobs, nextRunAt, waitingFor } = facts;
  const { backups, answeredAt, failure } = known;
  const count = (state: string): number => backups.filter((backup) => backup.state === state).length;
  const running = backups.filter(isBusy).length;
  const lastBackupAt = backups
    .flatMap(({ state, createdAt }) => (state === 'done' && createdAt !== undefined ? [createdAt] : []))
    .reduce<string | undefined>(
      (last, at) => (last === undefined || Date.parse(at) > Date.parse(last) ? at : last),
      undefined,
    );
  return {
    remote,
    state: stateOf(known, running > 0 || jobs.some(({ state }) => state === 'running')),
    credential,
    counts: { backups: backups.length, done: count('done'), running, failed: count('failed') },
    jobs: jobs.map((job) => ({ ...job })),
    ...(capabilities === undefined ? {} : { capabilities: toJson(capabilities) }),
    ...(lastBackupAt === undefined ? {} : { lastBackupAt }),
    ...(answeredAt === undefined ? {} : { answeredAt }),
    ...(failure === undefined ? {} : { failure }),
    ...(remote.schedule === undefined ? {} : { triggerText: describeTrigger(remote.schedule.trigger) }),
    ...(nextRunAt === undefined ? {} : { nextRunAt: nextRunAt.toISOString() }),
    ...(waitingFor === undefined ? {} : { waitingFor }),
  };
}

function stateOf({ answeredAt, failure }: RemoteKnown, isRunning: boolean): RemoteStatus['state'] {
  if (failure !== undefined) return 'failing';
  if (isRunning) return 'running';
  return answeredAt === undefined ? 'new' : 'ok';
}

function toJson({ actions, createFields, createNeeds, listsAll, restoreInto, restoreTruncates }: Capabilities) {
  return {
    actions: [...actions],
    createFields: [...createFields],
    createNeeds: [...createNeeds],
    listsAll,
    restoreTruncates,
    ...(restoreInto === undefined ? {} : { restoreInto }),
  };
}
