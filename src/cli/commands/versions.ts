/** `versions`: all versions of one file, in all snapshots. */
import { resolve } from 'node:path';
import { toUtf8 } from '../../base/byte-string.ts';
import { connectAgent } from '../agent-access.ts';
import { countText, safeText } from '../format-text.ts';
import { defined } from '../plan-input/defined.ts';
import { tellUnread } from '../tell-unread.ts';
import type { VerbModule } from '../verb.ts';
import { versionLine } from '../version-text.ts';
import { addSnapshotsOptions, type SnapshotsOptions, whichSnapshots } from '../which-snapshots.ts';

export const verb: VerbModule<SnapshotsOptions> = {
  configure(command) {
    command.argument('<path>', 'the file, as it is or was on this machine');
    addSnapshotsOptions(command);
  },

  async run(context, [text = ''], options) {
    const { output, signal } = context;
    const path = resolve(toUtf8(context.cwd), text);
    const { client } = await connectAgent(context, { start: true });
    const query = { path, ...defined(await whichSnapshots(client, options, signal)) };
    const found = await client.snapshots.versions({ query, signal });
    output.object(found);
    output.line(safeText(found.path));
    for (const version of found.versions) output.line(`  ${versionLine(version)}`);
    tellUnread(output, found.unread);
    const [newest] = found.versions;
    output.info(
      found.versions.length === 0 ? 'No snapshot has it.' : `${countText(found.versions.length, 'version')}.`,
    );
    const snapshot = newest?.snapshotIds[0];
    if (snapshot !== undefined) {
      output.info(
        `Back to another place: holdfast restore ${snapshot.slice(0, 8)} --include ${safeText(path)} --target DIR`,
      );
    }
    return undefined;
  },
};
