import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FullScanReason, WatchedChanges } from '../../../../src/agent/watch/changes.ts';
import { chooseWatcher } from '../../../../src/agent/watch/choose-watcher.ts';
import { type WatcherOptions, WatchLimitError } from '../../../../src/agent/watch/folder-watcher.ts';
import { WatchRules } from '../../../../src/agent/watch/watch-rules.ts';
import {
  restartAfterMs,
  type WatchNotice,
  type WatchSourcesOptions,
  watchSources,
} from '../../../../src/agent/watch/watch-sources.ts';
import { compileExcludes } from '../../../../src/source/mod.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const quietMs = 10_000;
const scanEveryMs = 600_000;
const until = (what: () => unknown) => expect.poll(what, { timeout: 10_000, interval: 5 });

function watching(sources: readonly string[], more: Partial<WatchSourcesOptions> = {}) {
  const clock = new FakeClock();
  const abort = new AbortController();
  const ready: string[] = [];
  const changes: WatchedChanges[] = [];
  const notices: WatchNotice[] = [];
  const watch = watchSources({
    sources,
    selector: (roots) => compileExcludes({ roots }),
    clock,
    signal: abort.signal,
    quietMs,
    atLeastEveryMs: 300_000,
    scanEveryMs,
    onReady: ({ kind }) => ready.push(kind),
    onChange: (one) => changes.push(one),
    onNotice: (notice) => notices.push(notice),
    ...more,
  });
  const end = async (): Promise<void> => {
    abort.abort();
    await watch.ended;
  };
  const reasons = (): FullScanReason[][] => changes.map((one) => (one.scan === 'everything' ? [...one.reasons] : []));
  return { clock, watch, ready, changes, notices, reasons, [Symbol.asyncDispose]: end };
}

/** A watcher in hand: fails as it is told, and tells what it is told to. */
function handWatcher() {
  const started: { kind: string; options: WatcherOptions & { cannotFollow: () => void }; disposed: boolean }[] = [];
  const failures: unknown[] = [];
  const startWatcher: NonNullable<WatchSourcesOptions['startWatcher']> = async (kind, options) => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    const one = { kind, options, disposed: false };
    started.push(one);
    return {
      folders: 1,
      [Symbol.asyncDispose]: async () => {
        one.disposed = true;
      },
    };
  };
  return { started, failures, startWatcher };
}

describe('a watch of sources', () => {
  it('wants everything looked at first, then hands on what changes, when it is quiet', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('source', 'a', 'file'), '');
    const source = join(folder.path, 'source');
    await using watched = watching([source]);
    await until(() => watched.ready).toEqual(['chokidar']);
    await watched.clock.advance(quietMs);
    expect(watched.reasons()).toEqual([['start']]);

    appendFileSync(join(source, 'a/file'), 'more');
    await until(async () => {
      await watched.clock.advance(quietMs);
      return watched.changes.length;
    }).toBe(2);
    expect(watched.changes[1]).toMatchObject({ scan: 'changes', folders: new Set([join(source, 'a')]) });
    expect(watched.notices).toEqual([]);
  });

  it('takes up a source that comes, goes and comes again', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    await using watched = watching([source]);
    await until(() => watched.ready.length).toBe(1);
    await watched.clock.advance(quietMs);
    mkdirSync(source);
    writeFileSync(join(source, 'file'), '');
    await until(async () => {
      await watched.clock.advance(quietMs);
      return watched.ready.length;
    }).toBeGreaterThan(1);
    const starts = watched.ready.length;
    renameSync(source, `${source}.old`);
    mkdirSync(source);
    await until(async () => {
      await watched.clock.advance(quietMs);
      return watched.ready.length;
    }).toBeGreaterThan(starts);
    await watched.clock.advance(quietMs);
    expect(watched.reasons().flat()).toContain('source-replaced');
    const before = watched.changes.length;
    appendFileSync(join(source, 'file'), 'more');
    await until(async () => {
      await watched.clock.advance(quietMs);
      return watched.changes.length;
    }).toBeGreaterThan(before);
  });

  it('says that the system gives no more watches, scans instead, and watches again when it can', async () => {
    const { started, failures, startWatcher } = handWatcher();
    const limit = new WatchLimitError(1000, new Error('ENOSPC'));
    failures.push(limit, limit);
    await using watched = watching([], { startWatcher });
    await watched.clock.advance(quietMs);
    expect(watched.notices).toEqual([expect.objectContaining({ code: 'watch-limit' })]);
    expect(watched.notices[0]?.message).toContain('no more than 1000 folders');
    expect(watched.reasons()).toEqual([['watch-limit']]);
    await watched.clock.advance(scanEveryMs);
    expect(watched.reasons()).toEqual([['watch-limit'], ['watch-limit']]);
    expect(started).toEqual([]);
    await watched.clock.advance(scanEveryMs);
    expect(started).toHaveLength(1);
    expect(watched.notices.map(({ code }) => code)).toEqual(['watch-limit', 'watching-again']);
    expect(watched.reasons()).toHaveLength(3);
    await watched.clock.advance(2 * scanEveryMs);
    expect(watched.reasons()).toHaveLength(3);

    // The same while it runs.
    started[0]?.options.events.lost('watch-limit', limit);
    await watched.clock.advance(quietMs);
    expect(started[0]?.disposed).toBe(true);
    expect(watched.notices).toHaveLength(3);
    expect(watched.reasons()[3]).toEqual(['watch-limit']);
  });

  it('a watcher that fails is told once, and is tried again', async () => {
    const { started, failures, startWatcher } = handWatcher();
    failures.push(new Error('no such thing'), new Error('no such thing'));
    await using watched = watching([], { startWatcher });
    await watched.clock.advance(2 * scanEveryMs);
    expect(started).toHaveLength(1);
    expect(watched.notices.map(({ code }) => code)).toEqual(['watch-failed', 'watching-again']);
    expect(watched.notices[0]?.message).toContain('no such thing');
  });

  it('starts anew, with new rules, and wants everything looked at, where events may be lost', async () => {
    const { started, startWatcher } = handWatcher();
    let selectors = 0;
    const selector = (roots: readonly string[]) => {
      selectors += 1;
      return compileExcludes({ roots });
    };
    await using watched = watching([], { startWatcher, selector });
    await watched.clock.advance(quietMs);
    for (const reason of ['overflow', 'rules-changed'] as const) {
      started.at(-1)?.options.events.lost(reason);
      await watched.clock.advance(restartAfterMs);
      expect(started.at(-2)?.disposed).toBe(true);
      await watched.clock.advance(quietMs);
      expect(watched.reasons().at(-1)).toEqual([reason]);
    }
    expect(selectors).toBe(3);
    expect(watched.notices).toEqual([]);
  });

  it('does without chokidar once something came up that it cannot follow', async () => {
    const { started, startWatcher } = handWatcher();
    await using watched = watching([], { startWatcher });
    await watched.clock.advance(1);
    started[0]?.options.cannotFollow();
    await watched.clock.advance(restartAfterMs);
    expect(started.map(({ kind }) => kind)).toEqual(['chokidar', 'lean']);
  });

  it('wants everything looked at after sleep, when it is asked, and from time to time', async () => {
    const { startWatcher } = handWatcher();
    await using watched = watching([], { startWatcher, safetyScanEveryMs: 3_600_000 });
    await watched.clock.advance(quietMs);
    watched.clock.jumpWallClock(3_600_000);
    await watched.clock.advance(60_000);
    expect(watched.reasons()).toEqual([['start'], ['sleep']]);
    watched.watch.everythingChanged('sleep');
    await watched.clock.advance(quietMs);
    expect(watched.reasons()).toHaveLength(3);
    await watched.clock.advance(3_600_000);
    expect(watched.reasons()[3]).toEqual(['periodic']);
  });

  it('closes everything when it ends', async () => {
    const { started, startWatcher } = handWatcher();
    const watched = watching([], { startWatcher });
    await watched.clock.advance(1);
    await watched[Symbol.asyncDispose]();
    expect(started[0]?.disposed).toBe(true);
    expect(watched.clock.sleeping).toBe(0);
  });
});

describe('the choice of a watcher', () => {
  const choose = (source: string, most?: number) =>
    chooseWatcher([source], new WatchRules(compileExcludes({ roots: [source] }), [source]), most);

  it('is chokidar for small sources, the lean one for large ones and for names that are no UTF-8', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    mkdirSync(source);
    expect(choose(source)).toBe('chokidar');
    mkdirSync(Buffer.from(`${source}/b\xe9`, 'latin1'));
    expect(choose(source)).toBe('lean');
    rmSync(Buffer.from(`${source}/b\xe9`, 'latin1'), { recursive: true });
    for (const name of ['a', 'b/c', 'd']) writeFileSync(folder.at('source', name), name);
    expect(choose(source, 4)).toBe('chokidar');
    expect(choose(source, 3)).toBe('lean');
  });
});
