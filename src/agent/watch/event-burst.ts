/**
 * Notices that the system's queue of events may have run over.
 *
 * Linux keeps at most fs.inotify.max_queued_events events for a process, then drops the rest and says so in an event of its
 * own (IN_Q_OVERFLOW, inotify(7)), which Node passes to nobody. But a queue that ran over was full: all its events then come
 * in one turn of the event loop, without a pause. So events are counted turn by turn, and many are taken for an overflow.
 *
 * The queue is one for all watchers of this process, so there is one counter. Some events of a full queue are never seen
 * here: those of folders whose watch was closed meanwhile. Watchers therefore close nothing within a turn, and a quarter of
 * the queue counts as full already. What is taken for an overflow and was none costs a look at everything.
 */
import { readFileSync } from 'node:fs';

const limitFile = '/proc/sys/fs/inotify/max_queued_events';
const shareTakenForAll = 1 / 4;

export class EventBurst {
  readonly #limit: number;
  readonly #listeners = new Set<() => void>();
  #events = 0;

  /** @param limit as many events in one turn are an overflow */
  constructor(limit: number = burstLimit()) {
    this.#limit = limit;
  }

  /** To be called for each event. */
  count(): void {
    this.#events += 1;
    if (this.#events === 1) {
      setImmediate(() => {
        this.#events = 0;
      });
    }
    if (this.#events === this.#limit) for (const overflow of [...this.#listeners]) overflow();
  }

  /** `overflow` is called once in a turn with too many events, whoever counted them. */
  listen(overflow: () => void): Disposable {
    this.#listeners.add(overflow);
    return { [Symbol.dispose]: () => this.#listeners.delete(overflow) };
  }
}

/** The queue of this process. */
export const eventBurst = new EventBurst();

function burstLimit(): number {
  try {
    const limit = Number(readFileSync(limitFile, 'latin1').trim());
    if (limit > 0) return Math.max(1, Math.floor(limit * shareTakenForAll));
  } catch {
    // No Linux: its systems report an overflow by an event without a name.
  }
  return Number.POSITIVE_INFINITY;
}
