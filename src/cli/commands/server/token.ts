/** `server token list|add|revoke`: who may use the server. */
import { HoldfastError } from '../../../base/errors.ts';
import { safeText, tableText } from '../../format-text.ts';
import { collect, parseChoice } from '../../options.ts';
import { isoText } from '../../plan-text.ts';
import type { Context, VerbModule } from '../../verb.ts';
import { addServerFileOptions, type ServerFileOptions, serverFiles } from './options.ts';

interface TokenOptions extends ServerFileOptions {
  readonly role: string;
  readonly scope?: readonly string[];
}

const actions = ['list', 'add', 'revoke'] as const;

export const verb: VerbModule<TokenOptions> = {
  configure(command) {
    addServerFileOptions(command)
      .argument('<action>', actions.join(', '))
      .argument('[name]', 'add: a name for it; revoke: its id, or the start of it')
      .option('--role <role>', 'add: admin, member (reads) or public (reads)', 'admin')
      .option('--scope <id>', 'add: only for this scope (repeatable); for all if not given', collect);
  },

  async run(context, [given = '', name = ''], options) {
    const action = parseChoice('The action of server token', given, actions);
    if (action !== 'list' && name === '') {
      throw new HoldfastError('invalid-input', `server token ${action} needs a name.`, {
        hint: action === 'add' ? 'Name who uses it.' : 'holdfast server token list shows the ids.',
      });
    }
    const { ServerAdministration } = await import('../../../server/main.ts');
    using server = await ServerAdministration.open(serverFiles(options));
    const { output } = context;
    switch (action) {
      case 'list':
        list(context, server.tokens());
        break;
      case 'add': {
        const { text, token } = await server.addToken(name, options.role, options.scope ?? []);
        output.object({ message_type: 'token_added', token: text, ...token });
        output.info(`The token of ${safeText(token.name)}, shown once:`);
        output.line(text);
        break;
      }
      case 'revoke': {
        const token = server.revokeToken(name);
        output.object({ message_type: 'token_revoked', ...token });
        output.info(`The token ${token.id} (${safeText(token.name)}) works no more.`);
      }
    }
    return undefined;
  },
};

type ListedTokens = ReturnType<
  Awaited<ReturnType<typeof import('../../../server/main.ts')['ServerAdministration']['open']>>['tokens']
>;

function list({ output }: Context, tokens: ListedTokens): void {
  output.object(tokens);
  const rows = tokens.map(({ id, name, role, scopes, createdAt, usedAt, revokedAt }) => [
    id,
    safeText(name),
    role,
    scopes === '*' ? 'all' : scopes.join(', '),
    isoText(createdAt),
    isoText(usedAt),
    revokedAt === undefined ? '' : `revoked ${isoText(revokedAt)}`,
  ]);
  const header = ['ID', 'Name', 'Role', 'Scopes', 'Made', 'Last used', ''];
  output.line(rows.length === 0 ? 'There are no tokens: holdfast server token add NAME' : tableText(header, rows));
}
