/** `repository check`: looks for damage, as a job of the agent. */
import { HoldfastError } from '../../../base/errors.ts';
import { connectAgent } from '../../agent-access.ts';
import { findRepository } from '../../find-repository.ts';
import { runJobs } from '../../run-jobs.ts';
import type { VerbModule } from '../../verb.ts';

interface CheckOptions {
  readonly readData: boolean;
  readonly readDataPercent?: string;
  readonly wait: boolean;
}

export const verb: VerbModule<CheckOptions> = {
  configure(command) {
    command
      .argument('<repository>', 'its id or name')
      .option('--read-data', 'read all of the data back', false)
      .option('--read-data-percent <number>', 'read that share of it back')
      .option('--no-wait', 'only start it');
  },

  async run(context, [text = ''], options) {
    const { signal } = context;
    const body = { readDataPercent: percentOf(options) };
    const agent = await connectAgent(context, { start: true });
    const { id } = await findRepository(agent.client, text, signal);
    return runJobs(context, agent, {
      wait: options.wait,
      start: async (add) => add(await agent.client.repositories.check({ params: { id }, body, signal })),
    });
  },
};

function percentOf({ readData, readDataPercent: text }: CheckOptions): number {
  if (text === undefined) return readData ? 100 : 0;
  const percent = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (percent <= 100 && !readData) return percent;
  throw new HoldfastError('invalid-input', `--read-data-percent cannot be "${text}".`, {
    hint: 'Give 0 to 100, or --read-data alone for all.',
  });
}
