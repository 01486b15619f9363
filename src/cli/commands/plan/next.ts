/** `plan next`: when a plan runs, or when a trigger would. */
import { HoldfastError } from '../../../base/errors.ts';
import { connectAgent } from '../../agent-access.ts';
import { findPlan } from '../../find-plan.ts';
import { safeText } from '../../format-text.ts';
import { parseCount } from '../../options.ts';
import { addTriggerOptions, namesTrigger, type TriggerOptions, triggerOf } from '../../plan-input/trigger.ts';
import { isoText } from '../../plan-text.ts';
import type { VerbModule } from '../../verb.ts';

interface NextOptions extends TriggerOptions {
  readonly count: string;
}

export const verb: VerbModule<NextOptions> = {
  configure(command) {
    command.argument('[plan]', 'its id or name; without it, give a trigger to try');
    addTriggerOptions(command);
    command.option('-n, --count <number>', 'how many times', '5');
  },

  async run(context, [name], options) {
    const { output, signal } = context;
    if ((name !== undefined) === namesTrigger(options)) {
      throw new HoldfastError('invalid-input', 'Either a plan or a trigger is needed.', {
        hint: 'Name a plan, or give --cron or --every.',
      });
    }
    const count = parseCount('--count', options.count);
    const { client } = await connectAgent(context, { start: false });
    const before = name === undefined ? undefined : (await findPlan(client, name, signal)).plan.trigger;
    const trigger = triggerOf(options, before ?? { kind: 'manual' });
    const next = await client.plans.nextRuns({ body: { trigger, count }, signal });
    output.object(next);
    output.line(safeText(next.text));
    for (const time of next.times) output.line(`  ${isoText(time)}`);
    return undefined;
  },
};
