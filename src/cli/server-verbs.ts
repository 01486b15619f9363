/** The verbs of the server, in the order of the help. */
import type { GroupEntry } from './verb.ts';

/** They open no repository themselves. */
const globals = 'output';

export const serverVerbs: GroupEntry = {
  name: 'server',
  summary: 'answer remote backup APIs, for other machines: start, scope, token, secret, restore',
  usual: 'start',
  actions: [
    { name: 'start', summary: 'run the server', globals, load: () => import('./commands/server/start.ts') },
    {
      name: 'scope',
      summary: 'what it backs up, and for whom: list, add, remove',
      globals,
      load: () => import('./commands/server/scope.ts'),
    },
    {
      name: 'token',
      summary: 'who may use it: list, add, revoke',
      globals,
      load: () => import('./commands/server/token.ts'),
    },
    {
      name: 'secret',
      summary: 'keep the password of a database that it dumps',
      globals,
      load: () => import('./commands/server/secret.ts'),
    },
    {
      name: 'restore',
      summary: 'put a backup back into its databases or folders',
      globals,
      load: () => import('./commands/server/restore.ts'),
    },
  ],
};
