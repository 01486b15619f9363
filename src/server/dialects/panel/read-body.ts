/** Bodies of requests, checked as Pterodactyl checks them: every field that is wrong is told, by the name of its rule. */
import { z } from 'zod';
import { badRequest, type FieldFault, invalidFields } from './panel-error.ts';

const longestName = 191;

/** What Laravel takes for a boolean. */
const flag = z.union([z.boolean(), z.literal([0, 1, '0', '1'])]).transform((value) => [true, 1, '1'].includes(value));

export const createSchema = z.object({
  name: z
    .string()
    .trim()
    .refine((name) => [...name].length <= longestName)
    .nullish(),
  ignored: z.string().nullish(),
  is_locked: flag.nullish(),
  /** As pterojs calls it. */
  isLocked: flag.nullish(),
});
export const restoreSchema = z.object({ truncate: flag.nullish() });
export const strictRestoreSchema = z.object({ truncate: flag });

/** @param body undefined for none */
export function readBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const given = body ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) throw badRequest('The body must be a JSON object.');
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw invalidFields(
    parsed.error.issues.map((issue) => {
      const field = issue.path.map(String).join('.');
      return fault(issue, field, (given as Readonly<Record<string, unknown>>)[field]);
    }),
  );
}

function fault(issue: z.core.$ZodIssue, field: string, value: unknown): FieldFault {
  const label = field.replaceAll('_', ' ');
  if (value === undefined || value === null) {
    return { field, rule: 'required', detail: `The ${label} field is required.` };
  }
  if (issue.code === 'custom') {
    return { field, rule: 'max', detail: `The ${label} may not be greater than ${longestName} characters.` };
  }
  if (issue.code === 'invalid_type' && issue.expected === 'string') {
    return { field, rule: 'string', detail: `The ${label} must be a string.` };
  }
  return { field, rule: 'boolean', detail: `The ${label} field must be true or false.` };
}
