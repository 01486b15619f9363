/** The German of what the agent says: one catalogue of translate.ts, from a file for each part of the sources. */
import agent from './de/agent.json' with { type: 'json' };
import backends from './de/backends.json' with { type: 'json' };
import engine from './de/engine.json' with { type: 'json' };
import input from './de/input.json' with { type: 'json' };
import remote from './de/remote.json' with { type: 'json' };
import type { Catalogue } from './translate.ts';

export const germanSentences: Catalogue = { ...agent, ...backends, ...engine, ...input, ...remote };
