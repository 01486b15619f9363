/** The verbs, in the order of the help: name, one line, and how to load it. */
import { agentVerbs } from './agent-verbs.ts';
import { serverVerbs } from './server-verbs.ts';
import type { GroupEntry, VerbEntry } from './verb.ts';

export const verbs: readonly (VerbEntry | GroupEntry)[] = [
  { name: 'init', summary: 'make a new repository', load: () => import('./commands/init.ts') },
  { name: 'backup', summary: 'back up files and folders', load: () => import('./commands/backup.ts') },
  { name: 'restore', summary: 'bring files and folders back', load: () => import('./commands/restore.ts') },
  { name: 'snapshots', summary: 'list the snapshots', load: () => import('./commands/snapshots.ts') },
  { name: 'ls', summary: 'list what is in a snapshot', load: () => import('./commands/ls.ts') },
  { name: 'find', summary: 'find files, folders or ids in snapshots', load: () => import('./commands/find.ts') },
  { name: 'diff', summary: 'show what changed from one snapshot to another', load: () => import('./commands/diff.ts') },
  { name: 'dump', summary: 'write out a file, or a folder as an archive', load: () => import('./commands/dump.ts') },
  { name: 'stats', summary: 'show how much the snapshots hold', load: () => import('./commands/stats.ts') },
  {
    name: 'check',
    summary: 'look for damage, and name the files it concerns',
    load: () => import('./commands/check.ts'),
  },
  { name: 'key', summary: 'list, add, remove keys, or change the password', load: () => import('./commands/key.ts') },
  { name: 'copy', summary: 'copy snapshots from another repository', load: () => import('./commands/copy.ts') },
  { name: 'forget', summary: 'remove snapshots, by a policy or by id', load: () => import('./commands/forget.ts') },
  { name: 'prune', summary: 'remove what no snapshot needs', load: () => import('./commands/prune.ts') },
  { name: 'repair', summary: 'repair the index, packs or snapshots', load: () => import('./commands/repair.ts') },
  { name: 'unlock', summary: 'remove locks that others left behind', load: () => import('./commands/unlock.ts') },
  ...agentVerbs,
  serverVerbs,
  { name: 'version', summary: 'show the version', load: () => import('./commands/version.ts') },
];
