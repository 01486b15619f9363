/**
 * The command line: finds the verb, reads the options, runs it, and turns whatever happens into an exit code.
 *
 * The first Ctrl-C (or SIGTERM) cancels: the verb ends within a second and leaves no lock. The second ends at once.
 * Output that cannot be written cancels as well, without a word where its reader just went away (`| head`).
 */
import { Command, CommanderError, Option } from 'commander';
import { fromUtf8 } from '../base/byte-string.ts';
import { fromSystemError, HoldfastError } from '../base/errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { collect } from './options.ts';
import { Output } from './output.ts';
import type { Context, GlobalOptions, GroupEntry, VerbEntry } from './verb.ts';
import { verbs } from './verbs.ts';

/** Runs a command line (without node and script) and gives its exit code. */
export async function runProgram(args: readonly string[], version: string): Promise<number> {
  const cancel = new AbortController();
  using _signals = cancelOnSignals(cancel);
  using _output = cancelOnLostOutput(cancel);
  let exitCode: number = exitCodes.done;
  const program = makeProgram(version);
  const ordered = wordsFirst(args);
  const wanted = ordered[0] === 'help' ? ordered.slice(1) : ordered;
  await addVerbs(program, verbs, wanted, cancel.signal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(ordered, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.failed;
    new Output({ json: args.includes('--json'), debug: args.includes('--debug'), verbosity: 1 }).failure(error);
    return exitCodeOf(error);
  }
}

/** Adds all of them for the help, and loads the one that is wanted. */
async function addVerbs(
  to: Command,
  entries: readonly (VerbEntry | GroupEntry)[],
  [wanted, ...rest]: readonly string[],
  signal: AbortSignal,
  done: (code: number) => void,
): Promise<void> {
  for (const entry of entries) {
    const command = to.command(entry.name).summary(entry.summary).description(capitalised(entry.summary));
    if ('actions' in entry) {
      command.helpCommand(false);
      await addVerbs(command, entry.actions, entry.name === wanted ? rest : [], signal, done);
    } else if (entry.name === wanted) await prepare(command, entry, signal, done);
  }
}

async function prepare(
  command: Command,
  entry: VerbEntry,
  signal: AbortSignal,
  done: (code: number) => void,
): Promise<void> {
  const { verb } = await entry.load();
  verb.configure(command);
  addGlobals(command, entry.globals ?? 'repository');
  command.action(async (...received: unknown[]) => {
    const globals = command.optsWithGlobals<GlobalOptions>();
    const output = new Output({
      json: globals.json,
      debug: globals.debug,
      verbosity: globals.quiet ? 0 : 1 + globals.verbose,
    });
    const context: Context = { globals, output, signal, cwd: fromUtf8(process.cwd()) };
    try {
      void received;
      done((await verb.run(context, command.args, globals)) ?? exitCodes.done);
    } catch (error) {
      const cause: unknown = signal.aborted ? signal.reason : error;
      if (cause === readerGone) {
        done(exitCodes.outputClosed);
        return;
      }
      output.failure(cause);
      done(exitCodeOf(cause));
    }
  });
}

function makeProgram(version: string): Command {
  const program = new Command('holdfast')
    .description('Encrypted, deduplicated backups in restic repositories.')
    .version(`holdfast ${version}`, '-V, --version', 'show the version')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false, optionDescription: describeOption })
    .showHelpAfterError('(holdfast help shows what there is)')
    .helpCommand('help [verb]', 'show help')
    .exitOverride();
  return program;
}

/** That a switch is off by default goes without saying. */
function describeOption({ description, defaultValue, defaultValueDescription }: Option): string {
  if (defaultValue === undefined || typeof defaultValue === 'boolean' || defaultValue === 0) return description;
  return `${description} (default: ${defaultValueDescription ?? defaultValue})`;
}

/** The options of every verb, and of those that open a repository; they may stand before or behind the verb. */
function addGlobals(command: Command, which: 'repository' | 'output'): void {
  const count = (_value: unknown, before: number): number => before + 1;
  if (which === 'repository') {
    command
      .option('-r, --repo <location>', 'repository: a path, or kind:location')
      .option('--repository-file <file>', 'file with the location of the repository')
      .option('-p, --password-file <file>', 'file with the password')
      .option('--password-command <command>', 'program that prints the password')
      .option('--key-hint <id>', 'the key to try first')
      .option('--retry-lock <time>', 'wait that long for a locked repository (5m)')
      .option('-o, --option <kind.name=value>', 'of the place, such as s3.region=eu-west-1 (may be repeated)', collect)
      .option('--limit-upload <KiB/s>', 'how fast at most')
      .option('--limit-download <KiB/s>', 'how fast at most')
      .option('--no-lock', 'do not lock the repository (for reading only)');
  }
  command
    .option('--json', 'results as JSON, one object a line', false)
    .option('-q, --quiet', 'only errors and what was asked for', false)
    .addOption(new Option('-v, --verbose', 'say more; twice for each file').argParser(count).default(0, 'no'));
  if (which === 'repository') {
    command
      .option('--compression <mode>', 'auto, off or max')
      .option('--pack-size <MiB>', 'size of pack files')
      .option('--no-cache', 'keep nothing of a repository beyond a network on this machine')
      .option('--cache-dir <folder>', 'where to keep it; the default is in the user’s folder of caches');
  }
  command.option('--debug', 'show stack traces', false).exitOverride();
}

const withValue =
  /^(-[qv]*[rpo]|--(repo|option|limit-upload|limit-download|repository-file|password-file|password-command|key-hint|retry-lock|compression|pack-size|cache-dir|config|data))$/;

/**
 * Options may stand before the verb, as restic's users write them, and before its action: they are moved behind both.
 * `help plan add` becomes `plan add --help`.
 */
function wordsFirst(args: readonly string[]): string[] {
  const [verb, rest] = takeWord(args);
  if (verb === undefined) return [...args];
  const group = verbs.find(({ name }) => name === (verb === 'help' ? rest[0] : verb));
  if (group === undefined || !('actions' in group)) return [verb, ...rest];
  const [action, others] = takeWord(verb === 'help' ? rest.slice(1) : rest);
  if (action === undefined) {
    const isHelp = verb === 'help' || rest.includes('--help') || rest.includes('-h');
    return group.usual === undefined || isHelp ? [verb, ...rest] : [verb, group.usual, ...rest];
  }
  return verb === 'help' ? [group.name, action, '--help'] : [verb, action, ...others];
}

/** The first that is no option nor an option's value, and the others in their order. */
function takeWord(args: readonly string[]): [word: string | undefined, rest: readonly string[]] {
  let at = 0;
  while (args[at]?.startsWith('-') === true) at += withValue.test(args[at]!) ? 2 : 1;
  return [args[at], [...args.slice(0, at), ...args.slice(at + 1)]];
}

function cancelOnSignals(cancel: AbortController): Disposable {
  const onSignal = (): void => {
    if (cancel.signal.aborted) process.exit(exitCodes.cancelled);
    cancel.abort(new HoldfastError('cancelled', 'Cancelled.'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    [Symbol.dispose]() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

const readerGone = new HoldfastError('cancelled', 'Nobody reads the output any more.');

/** Nobody may hear of what is being done: it ends as a cancelled run does, without a lock left behind. */
function cancelOnLostOutput(cancel: AbortController): Disposable {
  const onError = (error: NodeJS.ErrnoException): void =>
    cancel.abort(error.code === 'EPIPE' ? readerGone : fromSystemError(error, 'write the output'));
  process.stdout.on('error', onError);
  return {
    [Symbol.dispose]() {
      process.stdout.off('error', onError);
    },
  };
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
