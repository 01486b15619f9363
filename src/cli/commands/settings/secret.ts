/** `settings secret`: keeps a secret of a webhook, of mail or of a database, or forgets it. It is never shown again. */
import { HoldfastError } from '../../../base/errors.ts';
import { connectAgent } from '../../agent-access.ts';
import { askPassword } from '../../ask-password.ts';
import { safeText } from '../../format-text.ts';
import { readLine } from '../../given-password.ts';
import type { VerbModule } from '../../verb.ts';

interface SecretOptions {
  readonly file?: string;
  readonly remove: boolean;
}

export const verb: VerbModule<SecretOptions> = {
  configure(command) {
    command
      .argument('<name>', 'as the settings and plans call it: telling-… or database-…')
      .option('--file <file>', 'file with the secret; asked for on a terminal if not given')
      .option('--remove', 'forget it', false);
  },

  async run(context, [name = ''], { file, remove }) {
    const { output, signal } = context;
    const value = remove ? '' : file === undefined ? await ask(name, signal) : readLine(file);
    if (!remove && value === '') {
      throw new HoldfastError('invalid-input', 'The secret is empty.', { hint: 'Give one that is not.' });
    }
    const { client } = await connectAgent(context, { start: true });
    if (remove) await client.settings.removeSecret({ params: { name }, signal });
    else await client.settings.setSecret({ params: { name }, body: { value }, signal });
    output.object({ message_type: remove ? 'secret_removed' : 'secret_kept', name });
    output.info(`${safeText(name)} is ${remove ? 'forgotten' : 'kept'}.`);
    return undefined;
  },
};

function ask(name: string, signal: AbortSignal): Promise<string> {
  return askPassword({ prompt: `${name}: `, confirm: false, signal });
}
