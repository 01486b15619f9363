/** `repository edit`: when a repository is checked and pruned by itself. What is not given stays. */
import { HoldfastError } from '../../../base/errors.ts';
import type { RepositoryConfig } from '../../../config/repository.ts';
import type { ScheduleTrigger } from '../../../config/trigger.ts';
import { connectAgent } from '../../agent-access.ts';
import { findRepository } from '../../find-repository.ts';
import { safeText } from '../../format-text.ts';
import { parseCount } from '../../options.ts';
import { defined } from '../../plan-input/defined.ts';
import { scheduleOf } from '../../plan-input/trigger.ts';
import type { VerbModule } from '../../verb.ts';

interface EditOptions {
  readonly name?: string;
  readonly checkEvery?: string;
  readonly checkCron?: string;
  readonly readData?: string;
  readonly pruneEvery?: string;
  readonly pruneCron?: string;
  readonly upkeepOnBattery?: boolean;
}

export const verb: VerbModule<EditOptions> = {
  configure(command) {
    command
      .argument('<repository>', 'its id or name')
      .option('--name <name>', 'what it is called')
      .option('--check-every <period>', 'look for damage so long after the last time: 1d, 1w; or never')
      .option('--check-cron <expression>', 'look for damage at fixed times, by five fields of cron')
      .option('--read-data <percent>', 'read that share of the data back at each check, another one each time')
      .option('--prune-every <period>', 'remove what no snapshot needs so long after the last time; or never')
      .option('--prune-cron <expression>', 'the same at fixed times')
      .option('--upkeep-on-battery', 'do it on battery, too')
      .option('--no-upkeep-on-battery', 'wait for mains power');
  },

  async run(context, [text = ''], options) {
    const { output, signal } = context;
    const changes = changesOf(options);
    const { client } = await connectAgent(context, { start: true });
    const { id, name, upkeep } = await findRepository(client, text, signal);
    const body = { name: options.name ?? name, upkeep: { ...upkeep, ...changes } };
    output.object(await client.repositories.update({ params: { id }, body, signal }));
    output.info(`Changed "${safeText(body.name)}" (${id}).`);
    return undefined;
  },
};

/** @throws `invalid-input` for nothing to change, and for values that are none */
function changesOf(options: EditOptions): Partial<RepositoryConfig['upkeep']> {
  const { readData, upkeepOnBattery } = options;
  const changes = defined({
    check: scheduleFrom('check', options.checkEvery, options.checkCron),
    prune: scheduleFrom('prune', options.pruneEvery, options.pruneCron),
    readDataPercent: readData === undefined ? undefined : percentOf(readData),
    notOnBattery: upkeepOnBattery === undefined ? undefined : !upkeepOnBattery,
  });
  if (options.name !== undefined || Object.keys(changes).length > 0) return changes;
  throw new HoldfastError('invalid-input', 'There is nothing to change.', {
    hint: 'Give an option; --help lists them.',
  });
}

function scheduleFrom(what: string, every?: string, cron?: string): ScheduleTrigger | undefined {
  if (every !== undefined && cron !== undefined) {
    throw new HoldfastError('invalid-input', `--${what}-every and --${what}-cron are two schedules.`, {
      hint: 'Give one of them.',
    });
  }
  if (cron !== undefined) return { kind: 'cron', expression: cron };
  return every === undefined ? undefined : (scheduleOf(`--${what}-every`, every) ?? { kind: 'manual' });
}

function percentOf(text: string): number {
  const percent = parseCount('--read-data', text.replace(/%$/, ''));
  if (percent <= 100) return percent;
  throw new HoldfastError('invalid-input', `--read-data cannot be "${text}".`, { hint: 'Give 0 to 100.' });
}
