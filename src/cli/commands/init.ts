/** `init`: makes a new repository. */
import { parseChoice } from '../options.ts';
import {
  findPassword,
  findRepository,
  mainPlace,
  makeRepository,
  openFromContext,
  openPlace,
  type PlaceOptions,
} from '../repository-access.ts';
import type { Context, VerbModule } from '../verb.ts';

interface InitOptions {
  readonly repositoryVersion: string;
  readonly copyChunkerParams: boolean;
  readonly fromRepo?: string;
  readonly fromPasswordFile?: string;
  readonly fromPasswordCommand?: string;
}

export const verb: VerbModule<InitOptions> = {
  configure(command) {
    command
      .option('--repository-version <version>', 'format: 1, 2, latest or stable', 'stable')
      .option('--copy-chunker-params', 'cut files as another repository does (so that copies share data)', false)
      .option('--from-repo <location>', 'that other repository')
      .option('--from-password-file <file>', 'file with its password')
      .option('--from-password-command <command>', 'program that prints its password');
  },

  async run(context, _args, options) {
    const { globals, output, signal } = context;
    const place = findRepository(mainPlace(globals))!;
    const chosen = parseChoice('--repository-version', options.repositoryVersion, ['1', '2', 'latest', 'stable']);
    if (place.isDefault) {
      await using made = await openFromContext(context, { make: true });
      output.line(`The default repository ${made.config.id.slice(0, 10)} is at ${place.location}.`);
      return;
    }
    const polynomial = options.copyChunkerParams ? await polynomialOf(context, options) : undefined;
    const password = await findPassword(context, mainPlace(globals), place, true);
    await using repository = await makeRepository(context, place.location, {
      password,
      version: chosen === '1' ? 1 : 2,
      signal,
      ...(polynomial === undefined ? {} : { polynomial }),
    });
    const { location } = repository.backend;
    output.object({ message_type: 'initialized', id: repository.config.id, repository: location });
    output.info(`Made the repository ${repository.config.id.slice(0, 10)} at ${location}.`);
    output.info('Without its password the backups cannot be read: keep a copy of it somewhere safe.');
  },
};

async function polynomialOf(context: Context, options: InitOptions): Promise<bigint> {
  const from: PlaceOptions = {
    repo: options.fromRepo,
    passwordFile: options.fromPasswordFile,
    passwordCommand: options.fromPasswordCommand,
    infix: 'FROM_',
  };
  await using source = await openPlace(context, from, '--from-repo');
  return source.config.chunkerPolynomial;
}
