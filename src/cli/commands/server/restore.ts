/** `server restore`: puts a backup back to where it was, databases by their own tools. */
import { confirm } from '../../confirm.ts';
import { safeText } from '../../format-text.ts';
import { parseCount } from '../../options.ts';
import type { VerbModule } from '../../verb.ts';
import { addServerFileOptions, type ServerFileOptions, serverFiles } from './options.ts';

interface RestoreOptions extends ServerFileOptions {
  readonly yes: boolean;
}

export const verb: VerbModule<RestoreOptions> = {
  configure(command) {
    addServerFileOptions(command)
      .argument('<number>', 'the backup, as the API of stacks numbers it')
      .option('--yes', 'without a question', false);
  },

  async run({ output, signal }, [given = ''], options) {
    const number = parseCount('The number of the backup', given);
    await confirm({
      question: `Replace what is there now, in databases or folders, by backup ${number}?`,
      yes: options.yes,
      signal,
    });
    const { restoreBackup } = await import('../../../server/main.ts');
    await restoreBackup({
      ...serverFiles(options),
      number,
      signal,
      onFile: (path) => output.info(`Restoring ${safeText(path)} …`),
    });
    output.object({ message_type: 'backup_restored', number });
    output.info(`Backup ${number} is restored.`);
    return undefined;
  },
};
