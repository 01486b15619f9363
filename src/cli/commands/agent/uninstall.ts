/** `agent uninstall`: the agent ends, and does not start by itself any more. Plans and backups stay. */
import { serviceState, uninstallService } from '../../../platform/service/service.ts';
import { serviceHost } from '../../agent-service.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure() {},

  async run({ output, signal }) {
    const host = serviceHost();
    const installed = (await serviceState(host, signal)) !== 'not-installed';
    await uninstallService(host, signal);
    output.object({ message_type: 'service_uninstalled', installed });
    output.info(installed ? 'The agent does not start by itself any more.' : 'It was not installed as a service.');
    return undefined;
  },
};
