/** `agent start`: runs the agent, until Ctrl-C or `agent stop`; with --background, in a process of its own. */
import { HoldfastError, isHoldfastError } from '../../../base/errors.ts';
import { openUrl } from '../../../platform/open-url.ts';
import { findAgent, startInBackground } from '../../agent-access.ts';
import { timeText } from '../../format-text.ts';
import { parseCount } from '../../options.ts';
import type { Context, VerbModule } from '../../verb.ts';

interface StartOptions {
  readonly port?: string;
  readonly background: boolean;
  readonly open: boolean;
}

export const verb: VerbModule<StartOptions> = {
  configure(command) {
    command
      .option('--port <number>', 'where it listens on this machine; a free one if not given')
      .option('--background', 'start it and return', false)
      .option('--open', 'open the window in the browser, if there is one', false);
  },

  async run(context, _args, options) {
    const port = options.port === undefined ? undefined : portOf(options.port);
    // Whether one runs is for its claim to say: agent.json may be left over, its process number another's by now.
    if (!options.background) return runHere(context, port, options.open);
    const running = findAgent();
    if (running !== undefined) throw alreadyRuns(running.pid);
    const { signal } = context;
    const { pid, url, client } = await startInBackground(context, port === undefined ? [] : ['--port', String(port)]);
    if (options.open) await openUrl(url + (await client.agent.login({ signal })).path, signal);
    context.output.object({ message_type: 'agent_ready', pid, url });
    return undefined;
  },
};

async function runHere({ output, signal }: Context, port: number | undefined, open: boolean): Promise<undefined> {
  const { runAgent } = await import('../../../agent/main.ts');
  try {
    await runAgent({
      ...(port === undefined ? {} : { port }),
      signal,
      onReady({ url }) {
        output.object({ message_type: 'agent_ready', pid: process.pid, url });
        output.info(
          `The agent runs (process ${process.pid}); Ctrl-C ends it. From another terminal: holdfast plan add DIR,`,
        );
        output.info('holdfast status, holdfast help. Its address for a browser, which works once within a minute:');
        output.info(url);
        // Whether there is a browser is no matter of the agent's.
        if (open) openUrl(url, signal).catch(() => undefined);
      },
      onNotice: (message) => output.warn(`${timeText(new Date())}  ${message}`),
    });
  } catch (error) {
    // It was told to end, and did.
    if (signal.aborted) return;
    throw isHoldfastError(error, 'locked') ? alreadyRuns(findAgent()?.pid) : error;
  }
}

function alreadyRuns(pid: number | undefined): HoldfastError {
  const which = pid === undefined ? '' : ` (process ${pid})`;
  return new HoldfastError('exists', `An agent of this profile runs already${which}.`, {
    hint: 'See it by `holdfast status`, or end it by `holdfast agent stop`.',
  });
}

function portOf(text: string): number {
  const port = parseCount('--port', text);
  if (port >= 1 && port <= 65_535) return port;
  throw new HoldfastError('invalid-input', `--port cannot be "${text}".`, { hint: 'Give 1 to 65535.' });
}
