/** `key list|add|remove|passwd`: the passwords that open the repository. */
import { HoldfastError } from '../../base/errors.ts';
import {
  acquireLock,
  addKey,
  changePassword,
  type KeyInfo,
  type KeyOptions,
  listKeys,
  type Repository,
  removeKey,
} from '../../repository/mod.ts';
import { askPassword } from '../ask-password.ts';
import { safeText, tableText, timeText } from '../format-text.ts';
import { readLine } from '../given-password.ts';
import { lockWaitMs, parseChoice } from '../options.ts';
import { keepDefaultPassword, openFromContext } from '../repository-access.ts';
import type { Context, VerbModule } from '../verb.ts';

interface KeyVerbOptions {
  readonly newPasswordFile?: string;
  readonly user?: string;
  readonly host?: string;
}

const actions = ['list', 'add', 'remove', 'passwd'] as const;
type Action = (typeof actions)[number];

export const verb: VerbModule<KeyVerbOptions> = {
  configure(command) {
    command
      .argument('<action>', actions.join(', '))
      .argument('[id]', 'for remove: the key, or the start of its id')
      .option('--new-password-file <file>', 'file with the new password (add, passwd)')
      .option('--user <name>', 'user name to note in the new key (add, passwd)')
      .option('--host <name>', 'host name to note in the new key (add, passwd)');
  },

  async run(context, args, options) {
    const { globals } = context;
    const action: Action = parseChoice('The action of key', args[0] ?? '', actions);
    if (action === 'remove' ? args.length !== 2 : args.length !== 1) {
      throw new HoldfastError('invalid-input', `key ${action} takes ${action === 'remove' ? 'one id' : 'no id'}.`, {
        hint: 'key list shows the ids.',
      });
    }
    await using repository = await openFromContext(context);
    const exclusive = action === 'remove' || action === 'passwd';
    await using lock =
      action !== 'list' || globals.lock
        ? await acquireLock(repository, { exclusive, waitMs: lockWaitMs(globals), signal: context.signal })
        : undefined;
    const signal = lock?.signal ?? context.signal;
    switch (action) {
      case 'list':
        await list(context, repository, signal);
        break;
      case 'add':
        await add(context, repository, options, signal);
        break;
      case 'remove':
        await remove(context, repository, args[1] ?? '', signal);
        break;
      case 'passwd':
        await change(context, repository, options, signal);
        break;
    }
    return undefined;
  },
};

async function list({ output }: Context, repository: Repository, signal: AbortSignal): Promise<void> {
  const keys = await listKeys(repository, signal, (_, error) => output.warn(error.message));
  keys.sort((a, b) => (a.created < b.created ? -1 : Number(a.created > b.created)));
  output.object(
    keys.map((key) => ({
      current: key.current,
      id: key.id,
      userName: key.username,
      hostName: key.hostname,
      created: createdText(key),
    })),
  );
  const rows = keys.map((key) => [
    `${key.current ? '*' : ' '}${key.id.slice(0, 8)}`,
    safeText(key.username),
    safeText(key.hostname),
    createdText(key),
  ]);
  output.line(tableText([' ID', 'User', 'Host', 'Created'], rows));
}

function createdText({ created }: KeyInfo): string {
  const time = new Date(created);
  return Number.isNaN(time.getTime()) ? '' : timeText(time);
}

async function add(
  context: Context,
  repository: Repository,
  options: KeyVerbOptions,
  signal: AbortSignal,
): Promise<void> {
  const id = await addKey(repository, await newPassword(options, signal), signal, notesOf(options));
  context.output.object({ message_type: 'key_added', id });
  context.output.info(`saved new key with ID ${id}`);
}

async function change(
  context: Context,
  repository: Repository,
  options: KeyVerbOptions,
  signal: AbortSignal,
): Promise<void> {
  const password = await newPassword(options, signal);
  const id = await changePassword(repository, password, signal, notesOf(options), () =>
    keepDefaultPassword(context.globals, password, signal),
  );
  context.output.object({ message_type: 'key_changed', id });
  context.output.info(`saved new key as ${id}`);
}

async function remove({ output }: Context, repository: Repository, prefix: string, signal: AbortSignal): Promise<void> {
  const found: string[] = [];
  for await (const { name } of repository.listFiles('key', signal)) if (name.startsWith(prefix)) found.push(name);
  const [id] = found;
  if (prefix === '' || id === undefined) {
    throw new HoldfastError('not-found', `There is no key ${prefix}.`, { hint: 'key list shows the ids.' });
  }
  if (found.length > 1) {
    throw new HoldfastError('invalid-input', `The ids of ${found.length} keys start with ${prefix}.`, {
      hint: 'Give more characters of the id.',
    });
  }
  await removeKey(repository, id, signal);
  output.object({ message_type: 'key_removed', id });
  output.info(`removed key ${id}`);
}

function newPassword({ newPasswordFile }: KeyVerbOptions, signal: AbortSignal): string | Promise<string> {
  if (newPasswordFile === undefined) return askPassword({ prompt: 'new password: ', confirm: true, signal });
  const password = readLine(newPasswordFile);
  if (password !== '') return password;
  throw new HoldfastError('invalid-input', `The new password in ${newPasswordFile} is empty.`, {
    hint: 'Give one that is not.',
  });
}

function notesOf({ user, host }: KeyVerbOptions): KeyOptions {
  return { ...(user === undefined ? {} : { username: user }), ...(host === undefined ? {} : { hostname: host }) };
}
