/** `plan export`: all plans as JSON, for another machine or for keeping. There are no secrets in it. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { toUtf8 } from '../../../base/byte-string.ts';
import { fromSystemError } from '../../../base/errors.ts';
import { connectAgent } from '../../agent-access.ts';
import { countText, safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly output?: string }> = {
  configure(command) {
    command.option('-o, --output <file>', 'where to write it; standard output if not given');
  },

  async run(context, _args, { output: file }) {
    const { output, signal, cwd } = context;
    const { client } = await connectAgent(context, { start: false });
    const exported = await client.plans.export({ signal });
    const text = `${JSON.stringify(exported, undefined, 2)}\n`;
    if (file === undefined) {
      if (output.json) output.object(exported);
      else await output.bytes(Buffer.from(text));
      return undefined;
    }
    const path = resolve(toUtf8(cwd), file);
    try {
      writeFileSync(path, text);
    } catch (error) {
      throw fromSystemError(error, `write ${path}`);
    }
    output.object({ message_type: 'exported', file: path, plans: exported.plans.length });
    output.info(`Wrote ${countText(exported.plans.length, 'plan')} to ${safeText(path)}.`);
    return undefined;
  },
};
