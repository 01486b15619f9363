/** `server scope list|add|remove`: what the server backs up, and for whom. More than these options say is set in its configuration. */
import { resolve } from 'node:path';
import { HoldfastError } from '../../../base/errors.ts';
import { confirm } from '../../confirm.ts';
import { safeText, tableText } from '../../format-text.ts';
import { readInput } from '../../input-files.ts';
import { collect, parseChoice } from '../../options.ts';
import type { VerbModule } from '../../verb.ts';
import { addServerFileOptions, type ServerFileOptions, serverFiles } from './options.ts';

interface ScopeOptions extends ServerFileOptions {
  readonly dialect?: string;
  readonly name?: string;
  readonly folder?: readonly string[];
  readonly exclude?: readonly string[];
  readonly file?: string;
  readonly yes: boolean;
}

const actions = ['list', 'add', 'remove'] as const;

export const verb: VerbModule<ScopeOptions> = {
  configure(command) {
    addServerFileOptions(command)
      .argument('<action>', actions.join(', '))
      .argument('[id]', 'add, remove: its id (lower-case letters, digits and "-")')
      .option('--dialect <name>', 'add: organizations, fa, panel, stacks or restic')
      .option('--name <text>', 'add: its name; its id if not given')
      .option('--folder <path>', 'add: what is backed up (repeatable)', collect)
      .option('--exclude <pattern>', 'add: what is left out (repeatable)', collect)
      .option('--file <json>', 'add: more of its fields, as they stand in the configuration; - for standard input')
      .option('--yes', 'remove: without a question', false);
  },

  async run({ output, signal }, [given = '', id = ''], options) {
    const action = parseChoice('The action of server scope', given, actions);
    if (action !== 'list' && id === '') {
      throw new HoldfastError('invalid-input', `server scope ${action} needs an id.`, {
        hint: 'holdfast server scope list shows those that there are.',
      });
    }
    const { ServerAdministration } = await import('../../../server/main.ts');
    using server = await ServerAdministration.open(serverFiles(options));
    switch (action) {
      case 'list': {
        const scopes = server.scopes();
        output.object(scopes);
        const rows = scopes.map((scope) => [
          scope.id,
          scope.dialect,
          safeText(scope.name),
          safeText(scope.externalId),
          safeText(scope.folders.join(', ')),
          String(scope.databases.length),
        ]);
        const header = ['ID', 'Dialect', 'Name', 'In requests', 'Folders', 'Databases'];
        output.line(rows.length === 0 ? 'There are no scopes: holdfast server scope add' : tableText(header, rows));
        break;
      }
      case 'add': {
        const scope = await server.addScope(scopeOf(id, options));
        output.object({ message_type: 'scope_added', ...scope });
        output.info(`The scope ${scope.id} is there; requests call it ${safeText(scope.externalId)}.`);
        break;
      }
      case 'remove':
        await confirm({
          question: `Remove the scope ${id}? (Its backups stay on the disk.)`,
          yes: options.yes,
          signal,
        });
        await server.removeScope(id);
        output.object({ message_type: 'scope_removed', id });
        output.info(`The scope ${id} is gone from ${safeText(server.configFile)}; its backups are left.`);
    }
    return undefined;
  },
};

function scopeOf(id: string, { dialect, name, folder, exclude, file }: ScopeOptions): Record<string, unknown> {
  return {
    id,
    name: name ?? id,
    ...(dialect === undefined ? {} : { dialect }),
    ...(folder === undefined ? {} : { folders: folder.map((path) => resolve(path)) }),
    ...(exclude === undefined ? {} : { excludes: exclude }),
    ...(file === undefined ? {} : fieldsOf(file)),
  };
}

function fieldsOf(file: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(readInput(file).toString());
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json };
  } catch (cause) {
    throw new HoldfastError('invalid-input', `${file} is not JSON.`, { hint: 'Correct it.', cause });
  }
  throw new HoldfastError('invalid-input', `${file} holds no JSON object.`, { hint: 'Give one: { … }.' });
}
