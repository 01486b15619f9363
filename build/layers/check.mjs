/**
 * Checks the layer rules of this project: `node build/layers/check.mjs [folder]`. Fails when a rule is broken, and when
 * the tool read fewer files or imports than there must be, so that an empty read cannot pass.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judgeLayers } from './read.mjs';

const root = process.argv[2] ?? dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const fewestModules = 100;

const { modules, unread, imports, violations } = await judgeLayers(root);
const problems = violations.map(({ name, comment, from, to }) => `${name}: ${from} → ${to}\n    ${comment}`);
problems.push(...unread.map((file) => `not read: ${file}`));
if (modules < fewestModules) problems.push(`only ${modules} modules found, expected ${fewestModules} or more`);
if (imports < modules) problems.push(`only ${imports} imports found in ${modules} modules`);

process.stdout.write(`${problems.map((line) => `${line}\n`).join('')}${modules} modules, ${imports} imports\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
