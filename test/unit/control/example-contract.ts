/** A small contract with one method of every kind, for the tests of client, server and document. */
import { z } from 'zod';
import { defineContract, method, nothing, streamOf } from '../../../src/control/contract-types.ts';

const noteSchema = z.object({ id: z.string(), text: z.string(), stars: z.number().int() });
const byId = z.object({ id: z.string().min(1) });

export const exampleContract = defineContract({
  title: 'Example',
  version: '1',
  groups: {
    notes: {
      list: method({
        verb: 'GET',
        path: '/notes',
        query: z.strictObject({
          limit: z.number().int().min(1).max(100).default(10),
          starred: z.boolean().optional(),
          words: z.array(z.string()).optional(),
        }),
        answer: z.object({ notes: z.array(noteSchema), asked: z.record(z.string(), z.unknown()) }),
        summary: 'Notes, a page at a time',
      }),
      get: method({
        verb: 'GET',
        path: '/notes/:id',
        params: byId,
        answer: noteSchema,
        errors: ['not-found'],
        summary: 'One note',
      }),
      add: method({
        verb: 'POST',
        path: '/notes',
        body: z.strictObject({ text: z.string().min(1), stars: z.number().int().default(0) }),
        answer: noteSchema,
        errors: ['exists'],
        summary: 'Add a note',
      }),
      remove: method({
        verb: 'DELETE',
        path: '/notes/:id',
        params: byId,
        answer: nothing,
        errors: ['not-found'],
        summary: 'Remove a note',
      }),
      download: method({
        verb: 'GET',
        path: '/notes/:id/content',
        params: byId,
        answer: streamOf('text/plain', 'application/zip'),
        summary: 'A note as a file',
      }),
    },
    system: {
      stop: method({ verb: 'POST', path: '/stop', answer: nothing, summary: 'Stop' }),
    },
  },
  events: {
    'note.added': noteSchema,
    'note.removed': z.object({ id: z.string() }),
  },
});
