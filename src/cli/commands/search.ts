/** `search`: finds files by name in all snapshots of a plan or repository. */
import { HoldfastError } from '../../base/errors.ts';
import { connectAgent } from '../agent-access.ts';
import { countText, safeText } from '../format-text.ts';
import { parseCount } from '../options.ts';
import { defined } from '../plan-input/defined.ts';
import { tellUnread } from '../tell-unread.ts';
import type { VerbModule } from '../verb.ts';
import { versionLine } from '../version-text.ts';
import { addSnapshotsOptions, type SnapshotsOptions, whichSnapshots } from '../which-snapshots.ts';

interface SearchOptions extends SnapshotsOptions {
  readonly glob: boolean;
  readonly regex: boolean;
  readonly limit: string;
}

export const verb: VerbModule<SearchOptions> = {
  configure(command) {
    command
      .argument('<text>', 'a part of the name; upper and lower case are the same')
      .option('--glob', 'it is a pattern with *, ? and [a-z]', false)
      .option('--regex', 'it is a regular expression', false);
    addSnapshotsOptions(command);
    command.option('-n, --limit <count>', 'at most so many files', '100');
  },

  async run(context, [text = ''], options) {
    const { output, signal } = context;
    if (options.glob && options.regex) {
      throw new HoldfastError('invalid-input', 'It cannot be both a pattern and a regular expression.', {
        hint: 'Give one of --glob and --regex.',
      });
    }
    const mode = options.glob ? 'glob' : options.regex ? 'regex' : 'text';
    const limit = parseCount('--limit', options.limit);
    const { client } = await connectAgent(context, { start: true });
    const query = { text, mode, limit, ...defined(await whichSnapshots(client, options, signal)) } as const;
    const { files, more, snapshots, unread } = await client.snapshots.search({ query, signal });
    output.object({ files, more, snapshots, unread });
    for (const { path, versions } of files) {
      output.line(safeText(path));
      for (const version of versions) output.line(`  ${versionLine(version)}`);
    }
    output.info(`${countText(files.length, 'path')} in ${countText(snapshots, 'snapshot')}.`);
    tellUnread(output, unread);
    if (more) output.warn('There are more: give more of the name, or a higher --limit.');
    return undefined;
  },
};
