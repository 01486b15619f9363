/** `plan effect`: what a plan would save, and what its excludes leave out; with options, what others would. */
import { resolve } from 'node:path';
import { toUtf8 } from '../../../base/byte-string.ts';
import { HoldfastError } from '../../../base/errors.ts';
import { excludesSchema } from '../../../config/plan.ts';
import { connectAgent } from '../../agent-access.ts';
import { findPlan } from '../../find-plan.ts';
import { countText, safeText, sizeText, tableText } from '../../format-text.ts';
import { collect } from '../../options.ts';
import { addExcludesOptions, type ExcludesOptions, excludesOf } from '../../plan-input/excludes.ts';
import type { VerbModule } from '../../verb.ts';

interface EffectOptions extends ExcludesOptions {
  readonly source?: readonly string[];
}

export const verb: VerbModule<EffectOptions> = {
  configure(command) {
    command
      .argument('[plan]', 'its id or name; options are tried on top of what it has')
      .option('--source <path>', 'a file or folder (may be repeated)', collect);
    addExcludesOptions(command);
  },

  async run(context, [name], options) {
    const { output, signal, cwd } = context;
    const given = (options.source ?? []).map((path) => resolve(toUtf8(cwd), path));
    if (name === undefined && given.length === 0) {
      throw new HoldfastError('invalid-input', 'There is nothing to count.', {
        hint: 'Name a plan, or give --source.',
      });
    }
    const { client } = await connectAgent(context, { start: true });
    const plan = name === undefined ? undefined : (await findPlan(client, name, signal)).plan;
    const effect = await client.plans.effect({
      body: {
        sources: [...(plan?.sources ?? []), ...given],
        excludes: excludesOf(options, plan?.excludes ?? excludesSchema.parse({})),
      },
      signal,
    });
    output.object(effect);
    const { files, bytes, excluded, complete } = effect;
    output.line(`${complete ? '' : 'At least '}${countText(files, 'file')}, ${sizeText(bytes)} would be saved.`);
    if (excluded.length === 0) output.line('Nothing is left out.');
    else {
      const rows = excluded.map(({ rule, items, bytes: size }) => [safeText(rule), String(items), sizeText(size)]);
      output.line(tableText(['Left out by', 'Items', 'Size'], rows, [1, 2]));
    }
    return undefined;
  },
};
