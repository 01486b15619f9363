/** `settings test`: sends a test message by a webhook, a ping, or mail. */
import { connectAgent } from '../../agent-access.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<id>', 'of a webhook or ping in the settings, or mail');
  },

  async run(context, [id = '']) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: true });
    await client.settings.testTelling({ params: { id }, signal });
    output.object({ message_type: 'tested', id });
    output.info(`A test message was sent by ${safeText(id)}.`);
    return undefined;
  },
};
