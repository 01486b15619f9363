/** The machine that the agent runs on, as faces see it that have no file dialog of their own. */
import { z } from 'zod';

export const folderQuery = z.object({
  /** An absolute path; the user's home unless given. */
  path: z.string().min(1).optional(),
  /** Files too, not only folders. */
  files: z.boolean().default(false),
});

export const folderAnswer = z.object({
  path: z.string(),
  /** Absent at the top. */
  parent: z.string().optional(),
  /** Folders first, by name. Names that are no text are left out: no plan could name them. */
  entries: z.array(
    z.object({ name: z.string(), path: z.string(), type: z.enum(['folder', 'file']), hidden: z.boolean() }),
  ),
  /** There are more than are shown. */
  more: z.boolean(),
  /** Where people keep their files, as far as these folders are there. */
  places: z.array(
    z.object({
      kind: z.enum(['home', 'desktop', 'documents', 'pictures', 'music', 'videos', 'downloads', 'drive']),
      path: z.string(),
    }),
  ),
});
