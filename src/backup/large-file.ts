/** One large file that is being saved: which workers are at it, and what they say of it together. */
import type { QueuedFile } from './file-queue.ts';
import { expectedOf } from './worker/file-reader.ts';
import type { WorkerPool } from './worker/pool.ts';
import type { FileProblem, SharedAnswer } from './worker/protocol.ts';
import { SharedCursor } from './worker/shared-cursor.ts';

export class LargeFile {
  readonly queued: QueuedFile;
  readonly #cursor = SharedCursor.create();
  readonly #answers: SharedAnswer[] = [];
  #workers = 0;
  #closed = false;

  constructor(queued: QueuedFile) {
    this.queued = queued;
  }

  /** What more workers could help with; 0 if that is of no use any more. */
  get bytesLeft(): number {
    return this.#closed || this.#cursor.ended ? 0 : this.queued.stat.size - this.#cursor.offset;
  }

  /** True while any worker is at it. */
  get reading(): boolean {
    return this.#workers > 0;
  }

  /** Lets one worker (more) take part in it. */
  async save(pool: WorkerPool): Promise<SharedAnswer> {
    const { path, stat } = this.queued;
    const helps = this.#workers > 0;
    this.#workers += 1;
    const answer = await pool.saveShared({
      kind: 'shared',
      path,
      expected: expectedOf(stat),
      cursor: this.#cursor.shared,
      helps,
    });
    this.#workers -= 1;
    this.#answers.push(answer);
    if (answer.entries.length === 0) this.#closed = true;
    return answer;
  }

  /** To be asked for when it was saved and nobody is at it. */
  result(): {
    readonly queued: QueuedFile;
    readonly entries: Uint32Array;
    readonly bytes: number;
    readonly problem: FileProblem | undefined;
  } {
    const entries = new Uint32Array(this.#answers.reduce((sum, answer) => sum + answer.entries.length, 0));
    for (const answer of this.#answers) {
      for (const [index, sequence] of answer.sequence.entries()) entries[sequence] = answer.entries[index]!;
    }
    const bytes = this.#answers.reduce((sum, answer) => sum + answer.bytes, 0);
    const problems = this.#answers.flatMap((answer) => answer.problems);
    const worst = problems.find(({ unreadable }) => unreadable) ?? problems.find(({ error }) => error !== undefined);
    return { queued: this.queued, entries, bytes, problem: worst ?? problems[0] };
  }
}
