/** `unlock`: removes locks whose holders are gone. */
import { systemClock } from '../../base/clock.ts';
import { removeAllLocks, removeStaleLocks } from '../../repository/mod.ts';
import { countText } from '../format-text.ts';
import { openFromContext } from '../repository-access.ts';
import type { VerbModule } from '../verb.ts';

interface UnlockOptions {
  readonly removeAll: boolean;
}

export const verb: VerbModule<UnlockOptions> = {
  configure(command) {
    command.option('--remove-all', 'remove all locks, also of programs that may still run', false);
  },

  async run(context, _args, { removeAll }) {
    const { output, signal } = context;
    await using repository = await openFromContext(context);
    const removed = removeAll
      ? await removeAllLocks(repository, signal)
      : await removeStaleLocks(repository, { clock: systemClock, signal });
    output.object({ message_type: 'summary', removed_locks: removed });
    output.info(removed === 0 ? 'There is no lock to remove.' : `Removed ${countText(removed, 'lock')}.`);
    return undefined;
  },
};
