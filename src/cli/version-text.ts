/** Versions of files, as the command line shows them. */
import type { z } from 'zod';
import type { versionsAnswer } from '../control/schemas/snapshots.ts';
import { countText, safeText, sizeText } from './format-text.ts';
import { isoText } from './plan-text.ts';

type Version = z.output<typeof versionsAnswer>['versions'][number];

/** Its own time and size, and the snapshots that have it, by the newest. */
export function versionLine({ mtime, size, type, snapshotIds, repositoryId }: Version): string {
  const [newest = ''] = snapshotIds;
  const others = snapshotIds.length > 1 ? ` and ${countText(snapshotIds.length - 1, 'other')}` : '';
  const what = type === 'file' ? sizeText(size ?? 0).padStart(12) : type.padStart(12);
  return `${isoText(mtime)}  ${what}  snapshot ${safeText(newest.slice(0, 8))}${others} (${safeText(repositoryId)})`;
}
