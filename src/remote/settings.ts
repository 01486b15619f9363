/** What the user gives of a remote besides its address: its scope, and settings of its dialect. */
import { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';

/** @throws `invalid-input` where the scope is missing: "The stack is not named." */
export function requireScope(scope: string | undefined, what: string, hint: string): string {
  if (scope !== undefined) return scope;
  throw new HoldfastError('invalid-input', `The ${what} is not named.`, { hint });
}

/** @throws `invalid-input` with what is wrong, and `hint` */
export function readSettings<T>(schema: z.ZodType<T>, settings: unknown, hint: string): T {
  const parsed = schema.safeParse(settings ?? {});
  if (parsed.success) return parsed.data;
  throw new HoldfastError(
    'invalid-input',
    `The settings of the remote cannot be used: ${z.prettifyError(parsed.error)}`,
    { hint },
  );
}

/** @throws `invalid-input` for a dialect that has no settings, where some are given */
export function refuseSettings(settings: Readonly<Record<string, unknown>> | undefined, dialect: string): void {
  if (Object.keys(settings ?? {}).length === 0) return;
  throw new HoldfastError('invalid-input', `A remote of ${dialect} has no settings.`);
}
