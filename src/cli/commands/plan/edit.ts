/** `plan edit`: changes what is given of a plan, and nothing else. */
import { toUtf8 } from '../../../base/byte-string.ts';
import { connectAgent } from '../../agent-access.ts';
import { findNamed, repositoryKind } from '../../find-named.ts';
import { findPlan } from '../../find-plan.ts';
import { safeText } from '../../format-text.ts';
import { collect } from '../../options.ts';
import { clearable } from '../../plan-input/clear.ts';
import { databaseHelp } from '../../plan-input/databases.ts';
import { addPlanOptions, applyPlanOptions, inputOf, type PlanOptions } from '../../plan-input/plan-input.ts';
import { repositoriesOf } from '../../repositories-of.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<PlanOptions> = {
  configure(command) {
    command.argument('<plan>', 'its id or name').argument('[paths...]', 'files and folders to add to it');
    addPlanOptions(command, '0 takes a rule away');
    command
      .option('--remove-source <path>', 'take a file or folder out of it', collect)
      .option('--remove-database <name>', 'take a database server out of it', collect)
      .option('--clear <what>', `empty this first: ${clearable.join(', ')}`, collect)
      .addHelpText(
        'after',
        '\nWhat may be repeated is added to what is there; only the repositories given take the place of the old ones.\n' +
          databaseHelp,
      );
  },

  async run(context, [name = '', ...sources], options) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: true });
    const { plan } = await findPlan(client, name, signal);
    const repositories = await repositoriesOf(client, signal);
    const body = applyPlanOptions(inputOf(plan), sources, options, {
      cwd: toUtf8(context.cwd),
      repositoryId: (text) => findNamed(repositories.all, text, repositoryKind).id,
    });
    const query = { revision: plan.revision };
    const changed = await client.plans.update({ params: { id: plan.id }, query, body, signal });
    output.object(changed);
    output.info(`Changed the plan "${safeText(changed.name)}" (${changed.id}).`);
    return undefined;
  },
};
