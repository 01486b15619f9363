/** `server start` (also `server` alone): answers the remote backup APIs, until Ctrl-C or SIGTERM. */
import { timeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';
import { addServerFileOptions, type ServerFileOptions, serverFiles } from './options.ts';

export const verb: VerbModule<ServerFileOptions> = {
  configure(command) {
    addServerFileOptions(command);
  },

  async run({ output, signal }, _args, options) {
    const { runServer } = await import('../../../server/main.ts');
    try {
      await runServer({
        ...serverFiles(options),
        signal,
        onReady({ url, configFile, firstToken }) {
          output.object({
            message_type: 'server_ready',
            pid: process.pid,
            url,
            config: configFile,
            ...(firstToken === undefined ? {} : { first_token: firstToken }),
          });
          output.info(`The server answers at ${url} (process ${process.pid}); Ctrl-C ends it.`);
          output.info(`What it backs up is in ${configFile}: holdfast server scope add`);
          if (firstToken !== undefined)
            output.line(`A first token, which may do everything, shown once: ${firstToken}`);
        },
        onNotice: (message) => output.warn(`${timeText(new Date())}  ${message}`),
        onAccess: (line) => output.raw(line),
      });
    } catch (error) {
      // It was told to end, and did.
      if (!signal.aborted) throw error;
    }
    return undefined;
  },
};
