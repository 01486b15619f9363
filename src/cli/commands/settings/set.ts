/** `settings set`: changes the settings of the agent to those of a file. */
import { HoldfastError } from '../../../base/errors.ts';
import { settingsSchema } from '../../../config/settings.ts';
import { connectAgent } from '../../agent-access.ts';
import { readInput } from '../../input-files.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<file>', 'what settings show wrote, changed (- for standard input)');
  },

  async run(context, [file = '']) {
    const { output, signal } = context;
    const read = settingsSchema.safeParse(jsonOf(readInput(file).toString('utf8')));
    if (!read.success) {
      const [first] = read.error.issues;
      const where = first?.path.join('.') || 'the whole of it';
      throw new HoldfastError('invalid-input', `${file} holds no settings (${where}: ${first?.message}).`, {
        hint: 'Give what `holdfast settings show` wrote, with your changes.',
      });
    }
    const { client } = await connectAgent(context, { start: true });
    output.object(await client.settings.update({ body: read.data, signal }));
    output.info('The settings are changed.');
    return undefined;
  },
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
