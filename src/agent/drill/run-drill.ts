/**
 * A restore drill: proof that files come back, made on a random sample.
 *
 *   pick files at random from each snapshot (sample.ts)
 *   restore them for real, by the engine that a user's restore goes through, into a scratch folder
 *   compare each with the hashes in its snapshot, and with the file it came from where that is unchanged
 *   remove the scratch folder, whatever happened
 *
 * What cannot be restored, or comes out wrong, is a failure, named with what is damaged. A source that differs although its
 * size and time say that it is unchanged is told apart: the backup is sound, the disk or someone changed the file silently.
 */
import { type ByteString, fromUtf8 } from '../../base/byte-string.ts';
import { HoldfastError, type SerializedError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { Repository, StoredSnapshot } from '../../repository/mod.ts';
import { restoreSelection } from '../../restore/mod.ts';
import { compareUnchanged, hasContent } from './file-content.ts';
import { type SampledFile, sampleFiles } from './sample.ts';
import { makeScratchFolder } from './scratch-folder.ts';

export interface DrillOptions {
  readonly repository: Repository;
  /** The last ones, as a rule. Each gives an equal part of the sample. */
  readonly snapshots: readonly StoredSnapshot[];
  /** At most so many files, and so many plain bytes, in all. */
  readonly sampleFiles: number;
  readonly sampleBytes: number;
  /** Where the scratch folder is made; needs room for `sampleBytes`. */
  readonly scratchFolder: string;
  /** This host: sources of snapshots that others made are not here to compare with. */
  readonly hostname: string;
  /** 0 ≤ x < 1, as Math.random. */
  readonly random: () => number;
  /** Worker threads of the restore; its default unless given. */
  readonly threads?: number;
  /** False: take no lock. */
  readonly lock?: boolean;
  readonly lockWaitMs?: number;
  readonly onProgress?: (progress: DrillProgress) => void;
  readonly signal: AbortSignal;
}

export interface DrillProgress {
  readonly phase: 'choosing' | 'restoring' | 'comparing';
  /** Files that were compared, of those chosen so far. */
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly currentPath?: ByteString;
}

export interface DrillFinding {
  readonly snapshotId: Id;
  /** Absolute, in the snapshot. */
  readonly path: ByteString;
  readonly error: SerializedError;
}

export interface DrillResult {
  readonly snapshotIds: readonly Id[];
  /** Restored, and right. */
  readonly files: number;
  readonly bytes: number;
  /** Of these: compared with the file that they came from. */
  readonly comparedWithSource: number;
  /** Drawn, but larger than the sample may be. */
  readonly tooLarge: number;
  /** Files that did not come back right, and folders that cannot be read: the proof has failed. */
  readonly failures: readonly DrillFinding[];
  /** Right in the backup; the source is another one although its size and time are the same. */
  readonly sourceDiffers: readonly { readonly snapshotId: Id; readonly path: ByteString }[];
  /** The content is right, but something else could not be restored (an attribute). */
  readonly incomplete: readonly DrillFinding[];
}

/** @throws `no-space` for the scratch folder; `locked`; `signal.reason` when cancelled */
export async function runDrill(options: DrillOptions): Promise<DrillResult> {
  const { repository, snapshots, signal } = options;
  await using scratch = await makeScratchFolder(options.scratchFolder);
  await repository.loadIndex(signal);
  const drill = new Drill(options);
  for (const [at, stored] of snapshots.entries()) await drill.prove(stored, `${fromUtf8(scratch.path)}/${at}`);
  return drill.result();
}

class Drill {
  readonly #options: DrillOptions;
  readonly #counts = { files: 0, bytes: 0, comparedWithSource: 0, tooLarge: 0 };
  readonly #failures: DrillFinding[] = [];
  readonly #incomplete: DrillFinding[] = [];
  readonly #sourceDiffers: { readonly snapshotId: Id; readonly path: ByteString }[] = [];
  #filesTotal = 0;
  #filesDone = 0;

  constructor(options: DrillOptions) {
    this.#options = options;
  }

  result(): DrillResult {
    return {
      snapshotIds: this.#options.snapshots.map(({ id }) => id),
      ...this.#counts,
      failures: this.#failures,
      sourceDiffers: this.#sourceDiffers,
      incomplete: this.#incomplete,
    };
  }

  async prove(stored: StoredSnapshot, target: ByteString): Promise<void> {
    const files = await this.#choose(stored);
    if (files.length === 0) return;
    const problems = await this.#restore(stored, files, target);
    for (const file of files) await this.#compare(stored, file, target, problems.get(file.path));
  }

  async #choose({ id, snapshot }: StoredSnapshot): Promise<readonly SampledFile[]> {
    const { repository, snapshots, random, signal } = this.#options;
    this.#progress('choosing');
    const part = (whole: number): number => Math.ceil(whole / snapshots.length);
    const sample = await sampleFiles(repository, {
      root: snapshot.tree,
      files: part(this.#options.sampleFiles),
      bytes: part(this.#options.sampleBytes),
      random,
      onDamaged: (path, error) => this.#failures.push({ snapshotId: id, path, error: error.toJSON() }),
      signal,
    });
    this.#counts.tooLarge += sample.tooLarge;
    this.#filesTotal += sample.files.length;
    return sample.files;
  }

  /** What could not be restored, by path. */
  async #restore(
    { id }: StoredSnapshot,
    files: readonly SampledFile[],
    target: ByteString,
  ): Promise<Map<ByteString, SerializedError>> {
    const { repository, signal, threads, lock, lockWaitMs } = this.#options;
    const { problems } = await restoreSelection({
      repository,
      snapshot: id,
      paths: files.map(({ path }) => path),
      destination: { kind: 'folder', path: target },
      verify: true,
      signal,
      ...(threads === undefined ? {} : { threads }),
      ...(lock === undefined ? {} : { lock }),
      ...(lockWaitMs === undefined ? {} : { lockWaitMs }),
      onProgress: ({ currentPath }) => this.#progress('restoring', currentPath),
    });
    return new Map(problems.map(({ path, error }) => [path, error]));
  }

  async #compare(
    stored: StoredSnapshot,
    { path, node }: SampledFile,
    target: ByteString,
    problem: SerializedError | undefined,
  ): Promise<void> {
    const { repository, hostname, signal } = this.#options;
    this.#progress('comparing', path);
    this.#filesDone += 1;
    const wrong = await this.#wrong({ path, node }, target, problem);
    if (wrong !== undefined) {
      this.#failures.push({ snapshotId: stored.id, path, error: wrong });
      return;
    }
    if (problem !== undefined) this.#incomplete.push({ snapshotId: stored.id, path, error: problem });
    this.#counts.files += 1;
    this.#counts.bytes += node.size ?? 0;
    if (stored.snapshot.hostname !== hostname || process.platform === 'win32') return;
    const source = await compareUnchanged(repository, node, path, signal);
    if (source !== 'not-comparable') this.#counts.comparedWithSource += 1;
    if (source === 'different') this.#sourceDiffers.push({ snapshotId: stored.id, path });
  }

  async #wrong(
    { path, node }: SampledFile,
    target: ByteString,
    problem: SerializedError | undefined,
  ): Promise<SerializedError | undefined> {
    const { repository, signal } = this.#options;
    let cause: unknown;
    try {
      if (await hasContent(repository, node, target + path, signal)) return undefined;
    } catch (error) {
      signal.throwIfAborted();
      cause = error;
    }
    if (problem !== undefined) return problem;
    return new HoldfastError('corrupt', 'The file was restored with another content than it was saved with.', {
      hint: 'Run check with all data.',
      cause,
    }).toJSON();
  }

  #progress(phase: DrillProgress['phase'], currentPath?: ByteString): void {
    this.#options.onProgress?.({
      phase,
      filesDone: this.#filesDone,
      filesTotal: this.#filesTotal,
      ...(currentPath === undefined ? {} : { currentPath }),
    });
  }
}
