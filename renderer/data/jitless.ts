/** Imported before any schema is made: schemas compile themselves by `new Function` otherwise, which the pages' policy forbids. */
import { z } from 'zod';

z.config({ jitless: true });
