/** `open`: the window, in the browser. The link logs that browser in, once. */
import { openUrl } from '../../platform/open-url.ts';
import { connectAgent } from '../agent-access.ts';
import type { VerbModule } from '../verb.ts';

export const verb: VerbModule<{ readonly browser: boolean }> = {
  configure(command) {
    command.option('--no-browser', 'only print the address');
  },

  async run(context, _args, { browser }) {
    const { output, signal } = context;
    const { client, url } = await connectAgent(context, { start: true });
    const { path } = await client.agent.login({ signal });
    const address = `${url}${path}`;
    const opened = browser && (await openUrl(address, signal));
    output.object({ message_type: 'open', url: opened ? url : address, opened });
    if (opened) output.info(`Opened ${url} in the browser.`);
    else {
      if (browser) output.warn('There is no browser to open here.');
      output.warn('This address works once, within a minute:');
      output.line(address);
    }
    return undefined;
  },
};
