/** `backup`: saves files and folders, or what a program writes, as a snapshot. */
import { posix } from 'node:path';
import { type BackupProblem, type BackupSummary, runBackup, type StreamedSources } from '../../backup/mod.ts';
import { type ByteString, fromUtf8, toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import { fileAttributes } from '../../platform/attributes.ts';
import { hostIdentity } from '../../platform/host.ts';
import { programVersion } from '../../platform/program-version.ts';
import { lookupGroup, lookupUser } from '../../platform/users.ts';
import { resolveSnapshot } from '../../repository/mod.ts';
import { compileExcludes, type ExcludeOptions, presets, type StreamEntry } from '../../source/mod.ts';
import { exitCodes } from '../exit-codes.ts';
import { countText, durationText, safeText, sizeText } from '../format-text.ts';
import { patternsOf, readInput } from '../input-files.ts';
import { collect, lockWaitMs, packSizeBytes, parseBytes, parseChoice, parseCount } from '../options.ts';
import type { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { openFromContext } from '../repository-access.ts';
import type { Context, VerbModule } from '../verb.ts';

interface BackupOptions {
  readonly filesFrom?: readonly string[];
  readonly filesFromVerbatim?: readonly string[];
  readonly filesFromRaw?: readonly string[];
  readonly stdin: boolean;
  readonly stdinFilename: string;
  readonly exclude?: readonly string[];
  readonly iexclude?: readonly string[];
  readonly excludeFile?: readonly string[];
  readonly iexcludeFile?: readonly string[];
  readonly excludeGitignore?: readonly string[];
  readonly gitignore: boolean;
  readonly excludePreset?: readonly string[];
  readonly excludeCaches: boolean;
  readonly excludeNobackup: boolean;
  readonly excludeIfPresent?: readonly string[];
  readonly excludeLargerThan?: string;
  readonly oneFileSystem: boolean;
  readonly tag?: readonly string[];
  readonly host?: string;
  readonly time?: string;
  readonly parent?: string;
  readonly force: boolean;
  readonly ignoreInode: boolean;
  readonly ignoreCtime: boolean;
  readonly withAtime: boolean;
  readonly allowEmpty: boolean;
  readonly skipIfUnchanged: boolean;
  readonly dryRun: boolean;
  readonly threads?: string;
}

export const verb: VerbModule<BackupOptions> = {
  configure(command) {
    command
      .argument('[paths...]', 'files and folders')
      .option(
        '--files-from <file>',
        'paths to back up from a file, one pattern-free path a line (- for input)',
        collect,
      )
      .option('--files-from-verbatim <file>', 'the same, lines taken exactly', collect)
      .option('--files-from-raw <file>', 'the same, paths separated by NUL', collect)
      .option('--stdin', 'save what comes on standard input as one file', false)
      .option('--stdin-filename <name>', 'what that file is called', 'stdin')
      .option('-e, --exclude <pattern>', 'leave out what matches', collect)
      .option('--iexclude <pattern>', 'the same, letter case ignored', collect)
      .option('--exclude-file <file>', 'patterns from a file', collect)
      .option('--iexclude-file <file>', 'the same, letter case ignored', collect)
      .option('--exclude-gitignore <pattern>', 'leave out by a pattern in .gitignore syntax', collect)
      .option('--gitignore', 'honour .gitignore files', false)
      .option(
        '--exclude-preset <name>',
        `leave out a preset: ${presets.map((preset) => preset.name).join(', ')}`,
        collect,
      )
      .option('--exclude-caches', 'leave out what is in folders with a CACHEDIR.TAG', false)
      .option('--exclude-nobackup', 'leave out what is in folders with a .nobackup file', false)
      .option('--exclude-if-present <file[:header]>', 'leave out what is in folders with that file', collect)
      .option('--exclude-larger-than <size>', 'leave out files larger than that')
      .option('-x, --one-file-system', 'stay on the file systems of the sources', false)
      .option('--tag <tags>', 'tags for the snapshot, separated by commas', collect)
      .option('-H, --host <name>', 'host name for the snapshot')
      .option('--time <time>', 'time of the snapshot: "2026-11-21 08:15:00"')
      .option('--parent <snapshot>', 'compare with that snapshot')
      .option('-f, --force', 'read all files again', false)
      .option('--ignore-inode', 'a new inode number alone is no change', false)
      .option('--ignore-ctime', 'a new ctime alone is no change', false)
      .option('--with-atime', 'keep access times', false)
      .option('--allow-empty', 'an emptied source is meant to be empty', false)
      .option('--skip-if-unchanged', 'make no snapshot where nothing changed', false)
      .option('-n, --dry-run', 'say what would be done, write nothing', false)
      .option('--threads <count>', 'worker threads');
  },

  async run(context, args, options) {
    const { output, globals, signal, cwd } = context;
    const targets = [...args.map(fromUtf8), ...listedTargets(options)];
    if (options.stdin && targets.length > 0) {
      throw new HoldfastError('invalid-input', '--stdin does not go together with files and folders.', {
        hint: 'Make two backups of them.',
      });
    }
    if (!options.stdin && targets.length === 0) {
      throw new HoldfastError('invalid-input', 'There is nothing to back up.', {
        hint: 'Name at least one file or folder.',
      });
    }
    const excludes = excludeOptions(options, output);
    await using repository = await openFromContext(context, { make: !options.dryRun });
    const host = hostIdentity();
    const { username, uid, gid } = host;
    const parent = options.force ? 'none' : await parentId(context, repository, options.parent);
    using progress = new Progress(output);
    // Whoever writes to it may go on for long: that must not keep a run alive that has ended.
    using _input = { [Symbol.dispose]: () => void (options.stdin && process.stdin.destroy()) };
    const summary = await runBackup({
      repository,
      targets,
      ...(options.stdin ? { streamed: standardInput(options.stdinFilename, options.allowEmpty) } : {}),
      cwd,
      selector: (roots) => compileExcludes({ ...excludes, roots }),
      excludes: options.exclude ?? [], // what restic records: not those of --iexclude and files
      identity: {
        hostname: options.host ?? host.hostname,
        username,
        ...(uid === undefined ? {} : { uid }),
        ...(gid === undefined ? {} : { gid }),
      },
      programVersion: programVersion(),
      nodes: { owners: { lookupUser, lookupGroup }, attributes: fileAttributes(), withAccessTime: options.withAtime },
      tags: (options.tag ?? []).flatMap((list) => list.split(',')).filter((tag) => tag !== ''),
      rules: { ignoreCtime: options.ignoreCtime, ignoreInode: options.ignoreInode },
      allowEmpty: options.allowEmpty,
      skipIfUnchanged: options.skipIfUnchanged,
      dryRun: options.dryRun,
      lockWaitMs: lockWaitMs(globals),
      signal,
      ...(parent === undefined ? {} : { parent }),
      ...(options.time === undefined ? {} : { time: parseTimeOption(options.time) }),
      ...(globals.compression === undefined
        ? {}
        : { compression: parseChoice('--compression', globals.compression, ['auto', 'off', 'max'] as const) }),
      ...(globals.packSize === undefined ? {} : { packSizeBytes: packSizeBytes(globals.packSize) }),
      ...(options.threads === undefined ? {} : { threads: parseCount('--threads', options.threads) }),
      onProblem: (problem) => showProblem(output, problem),
      onProgress: (done) => progress.updateFiles('saving', done),
    });
    progress[Symbol.dispose]();
    showSummary(output, summary, options.dryRun);
    return summary.problems.length > 0 ? exitCodes.incomplete : exitCodes.done;
  },
};

function excludeOptions(options: BackupOptions, output: Output): Omit<ExcludeOptions, 'roots'> {
  return {
    patterns: patternsOf(options.exclude, options.excludeFile),
    patternsIgnoringCase: patternsOf(options.iexclude, options.iexcludeFile),
    gitignorePatterns: (options.excludeGitignore ?? []).map(fromUtf8),
    honourGitignoreFiles: options.gitignore,
    presets: options.excludePreset ?? [],
    caches: options.excludeCaches,
    nobackupMarker: options.excludeNobackup,
    ifPresent: (options.excludeIfPresent ?? []).map(fromUtf8),
    oneFileSystem: options.oneFileSystem,
    ...(options.excludeLargerThan === undefined
      ? {}
      : { largerThanBytes: parseBytes('--exclude-larger-than', options.excludeLargerThan) }),
    warn: (message) => output.warn(message),
  };
}

/**
 * Standard input as the only file of a snapshot, with restic's path and mode. Where a program fails that writes to it is not told to
 * us: that is the shell's to say (`set -o pipefail`).
 */
function standardInput(name: string, allowEmpty: boolean): StreamedSources {
  const path = fromUtf8(posix.join('/', name));
  const entries = async function* (): AsyncGenerator<StreamEntry> {
    yield { path, kind: 'file', mode: 0o644, content: allowEmpty ? process.stdin : notEmpty(process.stdin) };
  };
  return { paths: [path], entries: entries() };
}

/** As restic has it, input that ends before it began is taken for a program that failed. */
async function* notEmpty(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const bytes of content) {
    length += bytes.length;
    yield bytes;
  }
  if (length > 0) return;
  throw new HoldfastError('source-missing', 'Nothing came on standard input. Nothing was backed up.', {
    hint: 'See whether the program that writes to it failed, or give --allow-empty.',
  });
}

function listedTargets(options: BackupOptions): ByteString[] {
  const lines = (files: readonly string[] | undefined, separator: string): ByteString[] =>
    (files ?? []).flatMap((file) => readInput(file).toString('latin1').split(separator)).filter((line) => line !== '');
  const trimmed = lines(options.filesFrom, '\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return [...trimmed, ...lines(options.filesFromVerbatim, '\n'), ...lines(options.filesFromRaw, '\0')];
}

async function parentId(
  { signal }: Context,
  repository: Awaited<ReturnType<typeof openFromContext>>,
  text: string | undefined,
): Promise<string | undefined> {
  return text === undefined ? undefined : (await resolveSnapshot(repository, text, { signal })).id;
}

function parseTimeOption(text: string): Date {
  const time = text === 'now' ? new Date() : new Date(text.replace(' ', 'T'));
  if (!Number.isNaN(time.getTime())) return time;
  throw new HoldfastError('invalid-input', `--time cannot be "${text}".`, {
    hint: 'Give it as "2026-11-21 08:15:00".',
  });
}

/** restic's "error" message. */
function showProblem(output: Output, { path, error }: BackupProblem): void {
  if (output.json) {
    output.object({ message_type: 'error', error: { message: error.message }, during: 'archival', item: toUtf8(path) });
  } else {
    output.warn(`not saved: ${error.message}`);
  }
}

function showSummary(output: Output, summary: BackupSummary, dryRun: boolean): void {
  const { files, dirs, problems } = summary;
  const elapsedMs = summary.endedAt.getTime() - summary.startedAt.getTime();
  output.object({
    message_type: 'summary',
    ...(dryRun ? { dry_run: true } : {}),
    files_new: files.new,
    files_changed: files.changed,
    files_unmodified: files.unmodified,
    dirs_new: dirs.new,
    dirs_changed: dirs.changed,
    dirs_unmodified: dirs.unmodified,
    data_blobs: summary.dataBlobs,
    tree_blobs: summary.treeBlobs,
    data_added: summary.dataAdded,
    data_added_packed: summary.dataAddedPacked,
    total_files_processed: summary.totalFiles,
    total_bytes_processed: summary.totalBytes,
    total_duration: elapsedMs / 1000,
    error_count: problems.length,
    ...(summary.parentId === undefined ? {} : { parent: summary.parentId }),
    ...(summary.snapshotId === undefined ? {} : { snapshot_id: summary.snapshotId }),
  });
  const would = dryRun ? 'Would add' : 'Added';
  output.info(`Files:   ${files.new} new, ${files.changed} changed, ${files.unmodified} unmodified`);
  output.info(`Folders: ${dirs.new} new, ${dirs.changed} changed, ${dirs.unmodified} unmodified`);
  output.info(
    `${would} ${sizeText(summary.dataAdded)}${dryRun ? '' : ` (${sizeText(summary.dataAddedPacked)} stored)`} ` +
      `of ${countText(summary.totalFiles, 'file')}, ${sizeText(summary.totalBytes)}, in ${durationText(elapsedMs)}.`,
  );
  if (problems.length > 0) {
    output.warn(`${countText(problems.length, 'path')} could not be saved whole; the snapshot has the rest.`);
    for (const { path } of problems.slice(0, 10)) output.warn(`  ${safeText(toUtf8(path))}`);
    if (problems.length > 10) output.warn(`  … and ${problems.length - 10} more (see above)`);
  }
  if (summary.snapshotId !== undefined) output.info(`Saved snapshot ${summary.snapshotId.slice(0, 8)}.`);
  else if (!dryRun) output.info('Nothing changed: no snapshot was made.');
}
