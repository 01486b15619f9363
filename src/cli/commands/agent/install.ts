/** `agent install`: the agent starts at every login, and again when it died. */
import { installService } from '../../../platform/service/service.ts';
import { findAgent } from '../../agent-access.ts';
import { serviceHost, serviceProgram } from '../../agent-service.ts';
import { stopAgent } from '../../agent-stop.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.addHelpText(
      'after',
      '\nAs a systemd user unit, a launchd agent or a scheduled task; no administrator is needed.',
    );
  },

  async run({ output, signal }) {
    const running = findAgent();
    if (running !== undefined) {
      // The service's own could not start beside it.
      await stopAgent(running, signal);
      output.info(`Ended the agent that was running (process ${running.pid}); the service starts it anew.`);
    }
    const { definition, notes } = await installService({ ...serviceProgram(), ...serviceHost() }, signal);
    output.object({ message_type: 'service_installed', definition, notes });
    output.info(`The agent starts at every login, and runs now (${definition}).`);
    for (const note of notes) output.info(note);
    return undefined;
  },
};
