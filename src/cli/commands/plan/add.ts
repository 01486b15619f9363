/** `plan add`: makes a plan for some folders and databases. */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { toUtf8 } from '../../../base/byte-string.ts';
import { HoldfastError } from '../../../base/errors.ts';
import { databaseName } from '../../../config/database.ts';
import { connectAgent } from '../../agent-access.ts';
import { findNamed, repositoryKind } from '../../find-named.ts';
import { safeText } from '../../format-text.ts';
import { databaseHelp, databasesOf } from '../../plan-input/databases.ts';
import { addPlanOptions, newPlan, type PlanOptions } from '../../plan-input/plan-input.ts';
import { repositoriesOf } from '../../repositories-of.ts';
import type { VerbModule } from '../../verb.ts';

interface AddOptions extends PlanOptions {
  readonly allowMissing: boolean;
}

export const verb: VerbModule<AddOptions> = {
  configure(command) {
    command.argument('[paths...]', 'files and folders');
    addPlanOptions(command, 'without any --keep: hourly 24, daily 7, weekly 5, monthly 12, yearly unlimited');
    command
      .option('--allow-missing', 'the paths need not be there now (a drive that is not plugged in)', false)
      .addHelpText(
        'after',
        '\nWithout a trigger, the plan backs up whenever something changes; without --repository, to the default one.\n' +
          'One --keep takes the place of all the usual ones. Unless --drill says otherwise, a sample is restored and\n' +
          'compared every 7 days. A plan of databases alone runs every day.\n' +
          databaseHelp,
      );
  },

  async run(context, args, options) {
    const { output, signal } = context;
    const cwd = toUtf8(context.cwd);
    const sources = args.map((path) => resolve(cwd, path));
    if (!options.allowMissing) requireAll(sources);
    // Mistakes in the options come to light before an agent is started.
    newPlan(
      sources,
      { ...options, name: '-' },
      { cwd, repositoryId: () => 'default', usualRepository: () => 'default' },
    );
    const { client } = await connectAgent(context, { start: true });
    const repositories = await repositoriesOf(client, signal);
    const names = (await client.plans.list({ signal })).map(({ plan }) => plan.name);
    const name =
      options.name === undefined ? freeName(sources[0] ?? databaseOf(options), names) : unusedName(options.name, names);
    const body = newPlan(
      sources,
      { ...options, name },
      {
        cwd,
        repositoryId: (text) => findNamed(repositories.all, text, repositoryKind).id,
        usualRepository: repositories.usual,
      },
    );
    const plan = await client.plans.create({ body, signal });
    const { triggerText } = await client.plans.get({ params: { id: plan.id }, signal });
    output.object(plan);
    output.info(`Made the plan "${safeText(plan.name)}" (${plan.id}): ${safeText(triggerText)}.`);
    if (plan.trigger.kind === 'manual') output.info(`It runs by: holdfast run ${plan.id}`);
    return undefined;
  },
};

function requireAll(sources: readonly string[]): void {
  const missing = sources.find((path) => !existsSync(path));
  if (missing === undefined) return;
  throw new HoldfastError('source-missing', `${missing} is not there.`, {
    hint: 'Correct the path, or give --allow-missing if it will be there later.',
  });
}

function databaseOf(options: AddOptions): string {
  const [first] = databasesOf(options, []);
  return first === undefined ? '' : databaseName(first);
}

/** The name of the first folder, with a number where another plan has it. */
function freeName(first: string, taken: readonly string[]): string {
  const base = basename(first) || first;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base} ${number}`;
    if (!taken.includes(name)) return name;
  }
}

function unusedName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  throw new HoldfastError('exists', `There is a plan "${name}" already.`, {
    hint: 'Give another --name, or change that one: holdfast plan edit.',
  });
}
