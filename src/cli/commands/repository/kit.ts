/** `repository kit`: the emergency kit, one page that gets the files back without Holdfast. It holds the password. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { toUtf8 } from '../../../base/byte-string.ts';
import { fromSystemError } from '../../../base/errors.ts';
import { connectAgent } from '../../agent-access.ts';
import { findRepository } from '../../find-repository.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly output?: string }> = {
  configure(command) {
    command
      .argument('<repository>', 'its id or name')
      .option('-o, --output <file>', 'where to write it, for you alone (mode 0600); standard output if not given');
  },

  async run(context, [text = ''], { output: file }) {
    const { output, signal, cwd } = context;
    const { client } = await connectAgent(context, { start: true });
    const { id } = await findRepository(client, text, signal);
    const kit = await client.repositories.emergencyKit({ params: { id }, signal });
    if (file === undefined) {
      if (output.json) output.object(kit);
      else await output.bytes(Buffer.from(kit.text));
      return undefined;
    }
    const path = resolve(toUtf8(cwd), file);
    try {
      // A file that is there may be open to others.
      writeFileSync(path, kit.text, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      throw fromSystemError(error, `write ${path}`);
    }
    output.object({ message_type: 'kit_written', file: path });
    output.info(
      `Wrote ${safeText(path)}. Print it, put it where no thief gets it together with this machine, delete it.`,
    );
    return undefined;
  },
};
