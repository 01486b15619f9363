import { z } from 'zod';

/** The name of a secret in the keychain; not the secret. */
export const secretNameSchema = z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'letters, digits, ".", "_" and "-"');
