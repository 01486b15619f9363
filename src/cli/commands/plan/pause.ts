/** `plan pause`: plans do not run by themselves for a while. */
import { connectAgent } from '../../agent-access.ts';
import { findPlans } from '../../find-plan.ts';
import { safeText } from '../../format-text.ts';
import { addPauseOption, type PauseOptions, pauseLength } from '../../pause.ts';
import { isoText } from '../../plan-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<PauseOptions> = {
  configure(command) {
    command.argument('<plans...>', 'ids or names');
    addPauseOption(command);
  },

  async run(context, args, options) {
    const { output, signal } = context;
    const body = { for: pauseLength(options) };
    const { client } = await connectAgent(context, { start: false });
    for (const { plan } of await findPlans(client, args, signal)) {
      const paused = await client.plans.pause({ params: { id: plan.id }, body, signal });
      output.object(paused);
      output.info(`"${safeText(plan.name)}" is paused until ${isoText(paused.paused?.until) || 'it is resumed'}.`);
    }
    return undefined;
  },
};
