/** The verbs that drive the agent, in the order of the help. */
import type { GroupEntry, VerbEntry } from './verb.ts';

/** They open no repository themselves. */
const globals = 'output';

const agent: readonly VerbEntry[] = [
  { name: 'start', summary: 'run the agent', globals, load: () => import('./commands/agent/start.ts') },
  { name: 'status', summary: 'show how everything stands', globals, load: () => import('./commands/status.ts') },
  { name: 'stop', summary: 'end the agent', globals, load: () => import('./commands/agent/stop.ts') },
  {
    name: 'install',
    summary: 'start it at every login',
    globals,
    load: () => import('./commands/agent/install.ts'),
  },
  {
    name: 'uninstall',
    summary: 'end it, and do not start it by itself any more',
    globals,
    load: () => import('./commands/agent/uninstall.ts'),
  },
  { name: 'pause', summary: 'pause all plans', globals, load: () => import('./commands/agent/pause.ts') },
  { name: 'resume', summary: 'end all pauses', globals, load: () => import('./commands/agent/resume.ts') },
  { name: 'dismiss', summary: 'a notice was read', globals, load: () => import('./commands/agent/dismiss.ts') },
];

const plan: readonly VerbEntry[] = [
  { name: 'list', summary: 'list the plans', globals, load: () => import('./commands/plan/list.ts') },
  { name: 'add', summary: 'make a plan for some folders', globals, load: () => import('./commands/plan/add.ts') },
  { name: 'show', summary: 'show all of a plan', globals, load: () => import('./commands/plan/show.ts') },
  { name: 'edit', summary: 'change what is given of a plan', globals, load: () => import('./commands/plan/edit.ts') },
  {
    name: 'remove',
    summary: 'delete a plan; its snapshots stay',
    globals,
    load: () => import('./commands/plan/remove.ts'),
  },
  { name: 'pause', summary: 'pause a plan', globals, load: () => import('./commands/plan/pause.ts') },
  { name: 'resume', summary: 'end the pause of a plan', globals, load: () => import('./commands/plan/resume.ts') },
  { name: 'run', summary: 'back up now (as run)', globals, load: () => import('./commands/run.ts') },
  { name: 'drill', summary: 'prove it now (as drill)', globals, load: () => import('./commands/drill.ts') },
  {
    name: 'snapshots',
    summary: 'list the snapshots of a plan',
    globals,
    load: () => import('./commands/plan/snapshots.ts'),
  },
  {
    name: 'browse',
    summary: 'list a folder of a snapshot',
    globals,
    load: () => import('./commands/plan/browse.ts'),
  },
  {
    name: 'diff',
    summary: 'show what changed between two snapshots',
    globals,
    load: () => import('./commands/plan/diff.ts'),
  },
  {
    name: 'restore',
    summary: 'bring files back, or download them as an archive',
    globals,
    load: () => import('./commands/plan/restore.ts'),
  },
  {
    name: 'release',
    summary: 'its warning signs were looked at: retention goes on',
    globals,
    load: () => import('./commands/plan/release.ts'),
  },
  { name: 'next', summary: 'show when it runs', globals, load: () => import('./commands/plan/next.ts') },
  {
    name: 'effect',
    summary: 'count what is saved and what excludes leave out',
    globals,
    load: () => import('./commands/plan/effect.ts'),
  },
  { name: 'export', summary: 'write all plans as JSON', globals, load: () => import('./commands/plan/export.ts') },
  { name: 'import', summary: 'add exported plans', globals, load: () => import('./commands/plan/import.ts') },
];

const job: readonly VerbEntry[] = [
  { name: 'list', summary: 'list queued and running jobs', globals, load: () => import('./commands/job/list.ts') },
  { name: 'show', summary: 'show all of a job', globals, load: () => import('./commands/job/show.ts') },
  { name: 'cancel', summary: 'cancel jobs', globals, load: () => import('./commands/job/cancel.ts') },
  { name: 'cancel-all', summary: 'cancel every job', globals, load: () => import('./commands/job/cancel-all.ts') },
  { name: 'retry', summary: 'run a past job again', globals, load: () => import('./commands/job/retry.ts') },
  { name: 'log', summary: 'show what a job said', globals, load: () => import('./commands/job/log.ts') },
  {
    name: 'problems',
    summary: 'list the files that a job could not read or write',
    globals,
    load: () => import('./commands/job/problems.ts'),
  },
];

const repository: readonly VerbEntry[] = [
  { name: 'list', summary: 'list the repositories', globals, load: () => import('./commands/repository/list.ts') },
  {
    name: 'add',
    summary: 'make a repository, or add one that is there',
    globals,
    load: () => import('./commands/repository/add.ts'),
  },
  {
    name: 'test',
    summary: 'see whether a place can be used',
    globals,
    load: () => import('./commands/repository/test.ts'),
  },
  {
    name: 'edit',
    summary: 'change when it is checked and tidied up',
    globals,
    load: () => import('./commands/repository/edit.ts'),
  },
  {
    name: 'password',
    summary: 'give the agent its password again',
    globals,
    load: () => import('./commands/repository/password.ts'),
  },
  {
    name: 'move',
    summary: 'it lies elsewhere now',
    globals,
    load: () => import('./commands/repository/move.ts'),
  },
  { name: 'rename', summary: 'give it another name', globals, load: () => import('./commands/repository/rename.ts') },
  {
    name: 'remove',
    summary: 'take it off the list; its files stay',
    globals,
    load: () => import('./commands/repository/remove.ts'),
  },
  { name: 'check', summary: 'look for damage', globals, load: () => import('./commands/repository/check.ts') },
  {
    name: 'prune',
    summary: 'remove what no snapshot needs',
    globals,
    load: () => import('./commands/repository/prune.ts'),
  },
  {
    name: 'unlock',
    summary: 'remove locks that others left behind',
    globals,
    load: () => import('./commands/repository/unlock.ts'),
  },
  {
    name: 'kit',
    summary: 'write the emergency kit: one page that holds the password',
    globals,
    load: () => import('./commands/repository/kit.ts'),
  },
  {
    name: 'statistics',
    summary: 'show its size over time',
    globals,
    load: () => import('./commands/repository/statistics.ts'),
  },
];

const remote: readonly VerbEntry[] = [
  {
    name: 'list',
    summary: 'list the remotes',
    globals,
    load: () => import('./commands/remote/list.ts'),
  },
  {
    name: 'add',
    summary: 'test a connection to a remote backup API, and keep it',
    globals,
    load: () => import('./commands/remote/add.ts'),
  },
  {
    name: 'edit',
    summary: 'change what is given of a remote',
    globals,
    load: () => import('./commands/remote/edit.ts'),
  },
  {
    name: 'credential',
    summary: 'give the agent another token or key of it',
    globals,
    load: () => import('./commands/remote/credential.ts'),
  },
  {
    name: 'remove',
    summary: 'take it off the list; its backups stay',
    globals,
    load: () => import('./commands/remote/remove.ts'),
  },
  {
    name: 'test',
    summary: 'see whether its connection works',
    globals,
    load: () => import('./commands/remote/test.ts'),
  },
  {
    name: 'backups',
    summary: 'list what is on it',
    globals,
    load: () => import('./commands/remote/backups.ts'),
  },
  {
    name: 'show',
    summary: 'show all of a remote, or of a backup on it',
    globals,
    load: () => import('./commands/remote/show.ts'),
  },
  {
    name: 'create',
    summary: 'make a backup there',
    globals,
    load: () => import('./commands/remote/create.ts'),
  },
  {
    name: 'restore',
    summary: 'restore a backup there',
    globals,
    load: () => import('./commands/remote/restore.ts'),
  },
  {
    name: 'download',
    summary: 'download a backup into a folder',
    globals,
    load: () => import('./commands/remote/download.ts'),
  },
  {
    name: 'ingest',
    summary: 'copy a backup into a repository, as a snapshot',
    globals,
    load: () => import('./commands/remote/ingest.ts'),
  },
  {
    name: 'import',
    summary: 'let it take in a backup from an address',
    globals,
    load: () => import('./commands/remote/import.ts'),
  },
  {
    name: 'cancel',
    summary: 'end the making of backups',
    globals,
    load: () => import('./commands/remote/cancel.ts'),
  },
  {
    name: 'lock',
    summary: 'guard a backup against being removed',
    globals,
    load: () => import('./commands/remote/lock.ts'),
  },
  {
    name: 'rename',
    summary: 'give a backup another name or description',
    globals,
    load: () => import('./commands/remote/rename.ts'),
  },
  {
    name: 'delete',
    summary: 'remove a backup for good',
    globals,
    load: () => import('./commands/remote/delete.ts'),
  },
  {
    name: 'destroy',
    summary: 'remove all backups for good',
    globals,
    load: () => import('./commands/remote/destroy.ts'),
  },
];

const settings: readonly VerbEntry[] = [
  { name: 'show', summary: 'write the settings as JSON', globals, load: () => import('./commands/settings/show.ts') },
  { name: 'set', summary: 'change them to those of a file', globals, load: () => import('./commands/settings/set.ts') },
  {
    name: 'secret',
    summary: 'keep or forget a secret of a webhook or of mail',
    globals,
    load: () => import('./commands/settings/secret.ts'),
  },
  { name: 'test', summary: 'send a test message', globals, load: () => import('./commands/settings/test.ts') },
];

export const agentVerbs: readonly (VerbEntry | GroupEntry)[] = [
  { name: 'status', summary: 'show how plans and jobs stand', globals, load: () => import('./commands/status.ts') },
  { name: 'plan', summary: 'what is backed up by itself: list, add, edit, snapshots, restore …', actions: plan },
  { name: 'run', summary: 'back up plans now', globals, load: () => import('./commands/run.ts') },
  {
    name: 'drill',
    summary: 'restore a sample of plans and compare it',
    globals,
    load: () => import('./commands/drill.ts'),
  },
  { name: 'job', summary: 'what the agent does: list, show, cancel, retry, log, problems', actions: job },
  { name: 'history', summary: 'list past jobs', globals, load: () => import('./commands/history.ts') },
  {
    name: 'search',
    summary: 'find files by name in all snapshots',
    globals,
    load: () => import('./commands/search.ts'),
  },
  { name: 'versions', summary: 'list all versions of one file', globals, load: () => import('./commands/versions.ts') },
  { name: 'repository', summary: 'where the agent saves: list, add, test, check, prune, kit …', actions: repository },
  { name: 'remote', summary: 'remote backup APIs: add, list, backups, create, restore, download …', actions: remote },
  { name: 'settings', summary: 'of the agent, and who is told what: show, set, secret, test', actions: settings },
  { name: 'open', summary: 'open the window in the browser', globals, load: () => import('./commands/open.ts') },
  { name: 'agent', summary: 'the background agent: start, stop, status, install …', actions: agent },
];
