/** The dialects that the server answers: a new one is a line here and its folder. */
import type { Dialect } from '../dialect.ts';
import { restic } from '../rest/routes.ts';
import { fa } from './fa/routes.ts';
import { organizations } from './organizations/routes.ts';
import { panel } from './panel/routes.ts';
import { stacks } from './stacks/routes.ts';

export const dialects: readonly Dialect[] = [organizations, fa, panel, stacks, restic];
