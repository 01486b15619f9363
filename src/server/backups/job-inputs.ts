/** What the server's jobs are given, as they lie in the queue. */
import { z } from 'zod';

export const backupJob = z.object({ backupId: z.string() });
export const restoreJob = z.object({ restore: z.number() });
/** `quietly`: the row stays, and says that its data have expired. */
export const removeJob = z.object({ backupId: z.string(), expire: z.boolean().default(false) });
export const destroyJob = z.object({ scope: z.string() });
