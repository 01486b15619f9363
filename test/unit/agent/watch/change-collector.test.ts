import { describe, expect, it } from 'vitest';
import { ChangeCollector, mostFolders } from '../../../../src/agent/watch/change-collector.ts';
import { mergeChanges, type WatchedChanges } from '../../../../src/agent/watch/changes.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const quietMs = 10_000;
const atLeastEveryMs = 300_000;

function collecting() {
  const clock = new FakeClock();
  const abort = new AbortController();
  const handed: { at: number; folders?: string[]; subtrees?: string[]; reasons?: string[] }[] = [];
  const collector = new ChangeCollector({
    clock,
    quietMs,
    atLeastEveryMs,
    signal: abort.signal,
    onChange: (changes) => {
      const at = clock.monotonicMs();
      if (changes.scan === 'everything') handed.push({ at, reasons: [...changes.reasons] });
      else handed.push({ at, folders: [...changes.folders], subtrees: [...changes.subtrees] });
    },
  });
  return { clock, abort, handed, collector };
}

describe('changed folders', () => {
  it('are handed on together when all are quiet', async () => {
    const { clock, handed, collector } = collecting();
    collector.folderChanged('/a');
    await clock.advance(6000);
    collector.folderChanged('/b');
    collector.subtreeChanged('/c');
    collector.folderChanged('/c');
    await clock.advance(quietMs - 1);
    expect(handed).toEqual([]);
    await clock.advance(1);
    expect(handed).toEqual([{ at: 16_000, folders: ['/a', '/b'], subtrees: ['/c'] }]);
    await clock.advance(10 * atLeastEveryMs);
    expect(handed).toHaveLength(1);
    expect(clock.sleeping).toBe(0);
  });

  it('are handed on though they are busy, when the first has waited long enough', async () => {
    const { clock, handed, collector } = collecting();
    for (let at = 0; at < 2 * atLeastEveryMs; at += 5000) {
      collector.folderChanged('/log');
      if (at === 0) collector.folderChanged('/once');
      await clock.advance(5000);
    }
    expect(handed.map(({ at }) => at)).toEqual([atLeastEveryMs, 2 * atLeastEveryMs]);
    expect(handed[0]?.folders).toEqual(['/log', '/once']);
    expect(handed[1]?.folders).toEqual(['/log']);
  });

  it('that are always busy keep others waiting once, not again', async () => {
    const { clock, handed, collector } = collecting();
    const busyFor = async (ms: number): Promise<void> => {
      for (let at = 0; at < ms; at += 5000) {
        collector.folderChanged('/log');
        await clock.advance(5000);
      }
    };
    await busyFor(atLeastEveryMs + 5000);
    expect(handed).toHaveLength(1);
    collector.folderChanged('/letter');
    await busyFor(quietMs);
    expect(handed[1]).toEqual({ at: atLeastEveryMs + 5000 + quietMs, folders: ['/letter'], subtrees: [] });
    // Once the busy one was quiet, it is as any other.
    await clock.advance(quietMs);
    expect(handed[2]?.folders).toEqual(['/log']);
    collector.folderChanged('/letter');
    await busyFor(2 * quietMs);
    expect(handed).toHaveLength(3);
  });

  it('give way to a look at everything, which waits for quiet in the same way', async () => {
    const { clock, handed, collector } = collecting();
    collector.folderChanged('/a');
    collector.everythingChanged('overflow');
    await clock.advance(5000);
    collector.folderChanged('/b');
    collector.everythingChanged('sleep');
    await clock.advance(quietMs - 1);
    expect(handed).toEqual([]);
    await clock.advance(1);
    expect(handed).toEqual([{ at: 15_000, reasons: ['overflow', 'sleep'] }]);
    collector.folderChanged('/c');
    await clock.advance(quietMs);
    expect(handed[1]).toMatchObject({ folders: ['/c'] });
    for (let at = 0; at < atLeastEveryMs; at += 5000) {
      collector.everythingChanged('overflow');
      await clock.advance(5000);
    }
    expect(handed[2]).toEqual({ at: 15_000 + quietMs + atLeastEveryMs, reasons: ['overflow'] });
  });

  it('that are too many become a look at everything', async () => {
    const { clock, handed, collector } = collecting();
    for (let number = 0; number <= mostFolders; number++) collector.folderChanged(`/${number}`);
    await clock.advance(quietMs);
    expect(handed).toEqual([{ at: quietMs, reasons: ['many-changes'] }]);
  });

  it('are dropped when the watch ends', async () => {
    const { clock, abort, handed, collector } = collecting();
    collector.folderChanged('/a');
    await clock.advance(1);
    abort.abort();
    collector.folderChanged('/b');
    await clock.advance(atLeastEveryMs);
    expect(handed).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });
});

describe('changes of two runs', () => {
  const changes = (folders: string[], subtrees: string[]): WatchedChanges => {
    return { scan: 'changes', folders: new Set(folders), subtrees: new Set(subtrees) };
  };

  it('become one', () => {
    expect(mergeChanges(changes(['/a'], ['/b']), changes(['/c'], ['/b']))).toEqual(changes(['/a', '/c'], ['/b']));
    const everything: WatchedChanges = { scan: 'everything', reasons: new Set(['sleep']) };
    expect(mergeChanges(changes(['/a'], []), everything)).toEqual(everything);
    expect(mergeChanges(everything, changes(['/a'], []))).toEqual(everything);
    const both = mergeChanges(everything, { scan: 'everything', reasons: new Set(['start']) });
    expect(both).toEqual({ scan: 'everything', reasons: new Set(['sleep', 'start']) });
  });
});
