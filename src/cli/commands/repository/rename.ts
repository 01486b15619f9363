/** `repository rename`: gives a repository another name. Its id and place stay. */
import { connectAgent } from '../../agent-access.ts';
import { findRepository } from '../../find-repository.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<repository>', 'its id or name').argument('<name>', 'the new name');
  },

  async run(context, [text = '', name = '']) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const { id, upkeep, name: before } = await findRepository(client, text, signal);
    output.object(await client.repositories.update({ params: { id }, body: { name, upkeep }, signal }));
    output.info(`"${safeText(before)}" (${id}) is now called "${safeText(name)}".`);
    return undefined;
  },
};
