/** Jobs that have ended, as many as wanted, each by its number: the same every time. */
import type { Job, JobKind } from '../../src/jobs/job.ts';

const kinds: readonly JobKind[] = ['backup', 'backup', 'backup', 'backup', 'forget', 'copy', 'check', 'drill'];
const startMs = Date.parse('2024-01-01T00:00:00Z');

/** Ten minutes after the one before. Every 50th failed; there are five plans and two repositories. */
export function pastJob(n: number): Job {
  const ms = startMs + n * 600_000;
  const plan = n % 5;
  const failed = n % 50 === 7;
  return {
    id: `${ms.toString(36).padStart(9, '0')}${String(n).padStart(8, '0')}`,
    kind: kinds[n % kinds.length] ?? 'backup',
    state: failed ? 'failed' : 'done',
    trigger: 'schedule',
    planId: `plan-${plan}`,
    planName: `Plan ${plan}`,
    repositoryIds: [n % 2 === 0 ? 'home' : 'nas'],
    input: {},
    attempt: 1,
    createdAt: new Date(ms).toISOString(),
    startedAt: new Date(ms + 1000).toISOString(),
    endedAt: new Date(ms + 61_000).toISOString(),
    progress: { phase: 'saving', filesDone: 167_000, filesTotal: 167_000, bytesDone: n * 1000, bytesTotal: n * 1000 },
    result: {
      snapshot: n.toString(16).padStart(64, '0'),
      filesNew: n % 100,
      filesChanged: n % 10,
      filesUnmodified: 167_000 - (n % 110),
      bytesAdded: n * 1000,
      bytesAddedPacked: n * 400,
      seconds: 60,
    },
    ...(failed
      ? {
          error: {
            code: 'network',
            message: `The server nas-${n}.example did not answer`,
            retry: 'backoff',
            context: {},
          },
        }
      : {}),
  };
}
