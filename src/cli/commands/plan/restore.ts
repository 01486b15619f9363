/** `plan restore`: brings files of a plan back, as a job of the agent; or downloads them as an archive. */
import { resolve } from 'node:path';
import { toUtf8 } from '../../../base/byte-string.ts';
import { HoldfastError } from '../../../base/errors.ts';
import type { Plan } from '../../../config/plan.ts';
import { restoreInput } from '../../../control/schemas/snapshots.ts';
import { type AgentClient, connectAgent } from '../../agent-access.ts';
import { confirm } from '../../confirm.ts';
import { findPlan } from '../../find-plan.ts';
import { countText, safeText, sizeText } from '../../format-text.ts';
import { parseChoice } from '../../options.ts';
import { defined } from '../../plan-input/defined.ts';
import { pathInPlan, pickSnapshot, type SnapshotView, snapshotsOfPlan } from '../../plan-snapshots.ts';
import { isoText } from '../../plan-text.ts';
import { Progress } from '../../progress.ts';
import { runJobs } from '../../run-jobs.ts';
import { checkIsFree, saveDownload } from '../../save-download.ts';
import type { Context, VerbModule } from '../../verb.ts';

interface RestoreOptions {
  readonly snapshot: string;
  readonly target?: string;
  readonly original?: boolean;
  readonly download?: string;
  readonly from?: string;
  readonly overwrite?: string;
  readonly dryRun: boolean;
  readonly repository?: string;
  readonly yes: boolean;
  readonly wait: boolean;
}

const { options: policies } = restoreInput.shape.overwrite.unwrap();
/** An address is the agent's to read up to this length. */
const longestUrl = 12_000;

export const verb: VerbModule<RestoreOptions> = {
  configure(command) {
    command
      .argument('<plan>', 'its id or name')
      .argument('[paths...]', 'files and folders, as they were on this machine; everything if none is given')
      .option('--snapshot <id>', 'an id or the start of one', 'latest')
      .option('--repository <name>', 'only look for it there')
      .option('-t, --target <folder>', 'restore into this folder')
      .option('--original', 'restore to where it was')
      .option('--download <file>', 'write an archive instead: .zip or .tar.gz')
      .option('--from <folder>', 'leave out this folder and those above it from the paths in the target')
      .option('--overwrite <policy>', `what is there already: ${policies.join(', ')} (if-changed)`)
      .option('-n, --dry-run', 'count what would be done, change nothing', false)
      .option('-y, --yes', 'with --original: do not ask', false)
      .option('--no-wait', 'only start it')
      .addHelpText('after', "\nA relative path starts at the plan's source, if it has but one.");
  },

  async run(context, [name = '', ...texts], options) {
    const { output, signal, cwd } = context;
    const { wait, dryRun, from, repository } = options;
    const place = placeOf(options);
    const overwrite =
      options.overwrite === undefined ? undefined : parseChoice('--overwrite', options.overwrite, policies);
    const agent = await connectAgent(context, { start: true });
    const { client } = agent;
    const { plan } = await findPlan(client, name, signal);
    const paths = texts.map((text) => pathInPlan(text, plan));
    const snapshots = await snapshotsOfPlan(client, plan, repository, context);
    const snapshot = pickSnapshot(snapshots, options.snapshot, plan);
    const below = defined({ from: from === undefined ? undefined : pathInPlan(from, plan) });
    if (place.kind === 'download') {
      return download(context, client, { ...place, file: resolve(toUtf8(cwd), place.file), snapshot, paths, ...below });
    }
    if (place.kind === 'original' && !dryRun) {
      await confirm({ question: questionOf(plan, snapshot, paths), yes: options.yes, signal });
    }
    output.verbose(`Snapshot ${snapshot.id.slice(0, 8)} of ${isoText(snapshot.time)} in ${snapshot.repositoryId}.`);
    const target = place.kind === 'original' ? undefined : resolve(toUtf8(cwd), place.folder);
    const body = {
      repositoryId: snapshot.repositoryId,
      snapshotId: snapshot.id,
      paths,
      dryRun,
      ...below,
      ...defined({ target, overwrite }),
    };
    return runJobs(context, agent, {
      wait,
      start: async (add) => add(await client.snapshots.restore({ body, signal })),
    });
  },
};

type Format = 'zip' | 'tar.gz';
type Place =
  | { readonly kind: 'original' }
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'download'; readonly file: string; readonly format: Format };

/** Where to. @throws `invalid-input` for none, for several, and for what does not go with it */
function placeOf({ target, original, download, from, overwrite, dryRun, wait }: RestoreOptions): Place {
  const places: Place[] = [
    ...(target === undefined ? [] : [{ kind: 'folder', folder: target } as const]),
    ...(original === true ? [{ kind: 'original' } as const] : []),
    ...(download === undefined ? [] : [{ kind: 'download', file: download, format: formatOf(download) } as const]),
  ];
  const [place] = places;
  if (place === undefined || places.length > 1 || target === '') {
    throw new HoldfastError('invalid-input', 'Where to restore to is not clear.', {
      hint: 'Give one of --target DIR, --original and --download FILE.',
    });
  }
  const misplaced = [
    ...(place.kind === 'original' && from !== undefined ? ['--from'] : []),
    ...(place.kind === 'download' && overwrite !== undefined ? ['--overwrite'] : []),
    ...(place.kind === 'download' && dryRun ? ['--dry-run'] : []),
    ...(place.kind === 'download' && !wait ? ['--no-wait'] : []),
  ];
  if (misplaced.length === 0) return place;
  throw new HoldfastError('invalid-input', `${misplaced.join(' and ')} cannot go with --${place.kind}.`, {
    hint: 'Leave one of them out.',
  });
}

function formatOf(file: string): Format {
  if (/\.zip$/i.test(file)) return 'zip';
  if (/\.(tar\.gz|tgz)$/i.test(file)) return 'tar.gz';
  throw new HoldfastError('invalid-input', `${file} is no name for an archive.`, {
    hint: 'Give one that ends in .zip or .tar.gz.',
  });
}

function questionOf({ name }: Plan, { time }: SnapshotView, paths: readonly string[]): string {
  const [first] = paths;
  const what = first === undefined ? 'everything' : paths.length === 1 ? first : countText(paths.length, 'path');
  return `Put ${safeText(what)} of "${safeText(name)}" back to where it was, as of ${isoText(time)}?`;
}

interface Download {
  readonly file: string;
  readonly format: Format;
  readonly snapshot: SnapshotView;
  readonly paths: string[];
  readonly from?: string;
}

async function download(
  { output, signal }: Context,
  client: AgentClient,
  { file, format, snapshot: { id, repositoryId }, paths, from }: Download,
): Promise<undefined> {
  await checkIsFree(file);
  const asked = { params: { id }, query: { repositoryId, paths, format, ...defined({ from }) } };
  if (client.snapshots.download.url(asked).length > longestUrl) {
    throw new HoldfastError('invalid-input', 'These are too many paths for one archive.', {
      hint: 'Name the folder that they are in, or restore to a folder: --target.',
    });
  }
  const { body } = await client.snapshots.download({ ...asked, signal });
  using progress = new Progress(output);
  const onBytes = (bytesDone: number): void => progress.update({ verb: 'downloading', bytesDone });
  const bytes = await saveDownload({ path: file, body, onBytes, signal });
  progress[Symbol.dispose]();
  output.object({ message_type: 'downloaded', file, snapshotId: id, repositoryId, bytes });
  output.info(`Wrote ${safeText(file)} (${sizeText(bytes)}) of snapshot ${id.slice(0, 8)}.`);
  return undefined;
}
