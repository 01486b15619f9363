/** `repository password`: gives the agent the password of a repository again. It is kept if it opens the repository. */
import { HoldfastError } from '../../../base/errors.ts';
import { connectAgent } from '../../agent-access.ts';
import { findRepository } from '../../find-repository.ts';
import { safeText } from '../../format-text.ts';
import { addPasswordOptions, type RepositoryPasswordOptions, repositoryPassword } from '../../repository-password.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<RepositoryPasswordOptions> = {
  configure(command) {
    command.argument('<repository>', 'its id or name');
    addPasswordOptions(command);
    command.addHelpText('after', '\nThe repository keeps the passwords that it has: `holdfast key` changes those.');
  },

  async run(context, [text = ''], options) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: true });
    const { id, name, location } = await findRepository(client, text, signal);
    const password = await repositoryPassword(options, location, signal);
    if (password === undefined) {
      throw new HoldfastError('invalid-input', 'No password was given.', {
        hint: 'Give it by --password-file, --password-command or HOLDFAST_PASSWORD.',
      });
    }
    output.object(await client.repositories.setPassword({ params: { id }, body: { password }, signal }));
    output.info(`The password of "${safeText(name)}" (${id}) opens it, and is kept.`);
    return undefined;
  },
};
