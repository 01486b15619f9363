/** `plan import`: adds plans that were exported. */
import { HoldfastError } from '../../../base/errors.ts';
import { contract } from '../../../control/contract.ts';
import { connectAgent } from '../../agent-access.ts';
import { safeText } from '../../format-text.ts';
import { readInput } from '../../input-files.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<file>', 'what plan export wrote (- for standard input)');
  },

  async run(context, [file = '']) {
    const { output, signal } = context;
    const body = parse(readInput(file).toString('utf8'), file);
    const { client } = await connectAgent(context, { start: true });
    const plans = await client.plans.import({ body, signal });
    output.object(plans);
    for (const { id, name } of plans) output.info(`Made the plan "${safeText(name)}" (${id}).`);
    return undefined;
  },
};

function parse(text: string, file: string) {
  const read = contract.groups.plans.import.body.safeParse(jsonOf(text));
  if (read.success) return read.data;
  const [first] = read.error.issues;
  const where = first?.path.join('.') || 'the whole of it';
  throw new HoldfastError('invalid-input', `${file} holds no exported plans (${where}: ${first?.message}).`, {
    hint: 'Give a file that `holdfast plan export` wrote.',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
