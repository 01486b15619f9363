/** `server secret`: keeps the password of a database that the server dumps, or forgets it. It is never shown again. */
import { HoldfastError } from '../../../base/errors.ts';
import { askPassword } from '../../ask-password.ts';
import { safeText } from '../../format-text.ts';
import { readLine } from '../../given-password.ts';
import type { VerbModule } from '../../verb.ts';
import { addServerFileOptions, type ServerFileOptions, serverFiles } from './options.ts';

interface SecretOptions extends ServerFileOptions {
  readonly file?: string;
  readonly remove: boolean;
}

export const verb: VerbModule<SecretOptions> = {
  configure(command) {
    addServerFileOptions(command)
      .argument('<name>', 'as the configuration calls it (passwordSecret)')
      .option('--file <file>', 'file with the secret; asked for on a terminal if not given')
      .option('--remove', 'forget it', false);
  },

  async run({ output, signal }, [name = ''], options) {
    const { file, remove } = options;
    const { ServerAdministration } = await import('../../../server/main.ts');
    using server = await ServerAdministration.open(serverFiles(options));
    if (remove) await server.removeSecret(name, signal);
    else {
      const value =
        file === undefined ? await askPassword({ prompt: `${name}: `, confirm: false, signal }) : readLine(file);
      if (value === '')
        throw new HoldfastError('invalid-input', 'The secret is empty.', { hint: 'Give one that is not.' });
      await server.storeSecret(name, value, signal);
    }
    output.object({ message_type: remove ? 'secret_removed' : 'secret_kept', name });
    output.info(`${safeText(name)} is ${remove ? 'forgotten' : 'kept'}.`);
    return undefined;
  },
};
