/** `agent stop`: ends the agent, and waits until its process is gone. */
import { findAgent } from '../../agent-access.ts';
import { stopAgent } from '../../agent-stop.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.addHelpText('after', '\nWhat it was doing is queued, and goes on when it is started again.');
  },

  async run({ output, signal }) {
    const agent = findAgent();
    if (agent === undefined) {
      output.object({ message_type: 'agent_stopped', pid: null });
      output.info('The agent is not running.');
      return undefined;
    }
    await stopAgent(agent, signal);
    output.object({ message_type: 'agent_stopped', pid: agent.pid });
    output.info(`The agent (process ${agent.pid}) has ended.`);
    return undefined;
  },
};
