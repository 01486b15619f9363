/** Tells of repositories that could not be read for an answer, which is then without what only they have. */
import type { z } from 'zod';
import type { snapshotsAnswer } from '../control/schemas/snapshots.ts';
import { safeText } from './format-text.ts';
import type { Output } from './output.ts';

type Unread = z.output<typeof snapshotsAnswer>['unread'];

export function tellUnread(output: Output, unread: Unread): void {
  for (const { repositoryId, error } of unread) {
    output.warn(
      safeText(`The repository ${repositoryId} could not be read, so what only it has is missing: ${error.message}`),
    );
  }
}
