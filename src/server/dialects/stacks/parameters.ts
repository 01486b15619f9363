/** What a POST asks for: parameters in the query, as a form or as JSON (with nulls for what is not given). */
import { z } from 'zod';
import { HoldfastError } from '../../../base/errors.ts';
import { dueTimes } from '../../../jobs/schedule/next-time.ts';
import { databaseTypes } from '../../../remote/dialects/stacks/wire.ts';

const flag = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? { true: true, '1': true, false: false, '0': false, '': false }[value.toLowerCase()]
      : value,
  z.boolean({ error: 'true or false' }),
);
const typeList = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(z.enum(['all', ...databaseTypes], { error: `one of all, ${databaseTypes.join(', ')}` })).min(1));
const names = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  )
  // They become arguments of programs.
  .pipe(
    z
      .array(
        z
          .string()
          .max(300)
          .regex(/^\P{Cc}+$/u, { error: 'names of tables, with commas between' }),
      )
      .max(1000),
  );

const frequency = z.string().refine(
  (expression) => {
    try {
      return dueTimes({ kind: 'cron', expression }).next(0) !== undefined;
    } catch {
      return false;
    }
  },
  { error: 'a cron expression like "0 */1 * * *"' },
);

export const createSchema = z.object({
  db_type: typeList.default(['all']),
  frequency: frequency.optional(),
  keep_count: z.coerce.number({ error: 'a whole number' }).int().min(1).max(100_000).optional(),
  gzip: flag.default(false),
  excluded_tables: names.default([]),
  run_on_replica_server: flag.default(false),
});

export const importSchema = z.object({
  remote_url: z.string().min(1),
  group: z.coerce.number({ error: 'the id of a group' }).int().min(1),
  db_type: z.enum(databaseTypes, { error: `one of ${databaseTypes.join(', ')}` }),
});

/** All that was given, wherever; JSON and forms before the query, nulls and empty texts left out. */
export function given(query: unknown, body: unknown): Readonly<Record<string, unknown>> {
  const fields = { ...(query as object), ...(typeof body === 'object' ? body : {}) };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  );
}

/** @throws `invalid-input` with `fields` */
export function read<S extends z.ZodType>(schema: S, values: unknown): z.output<S> {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  const [first] = fields;
  throw new HoldfastError('invalid-input', `${first?.path}: ${first?.message}`, { fields });
}
