import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guardSources, lookEveryMs } from '../../../../src/agent/watch/source-guard.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { limitedFolder, temporaryFolder } from '../../../support/temporary-folder.ts';

function guarding(sources: readonly string[]) {
  const clock = new FakeClock();
  const abort = new AbortController();
  const troubles: string[] = [];
  const done = guardSources({ sources, clock, signal: abort.signal, onTrouble: (reason) => troubles.push(reason) });
  return { clock, abort, troubles, done };
}

describe('the guard of the sources', () => {
  it('sees that one is gone, there again, or another folder; not what happens in it', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    mkdirSync(source);
    const { clock, troubles } = guarding([source]);
    writeFileSync(join(source, 'file'), '');
    await clock.advance(lookEveryMs);
    expect(troubles).toEqual([]);
    renameSync(source, `${source}.old`);
    await clock.advance(lookEveryMs);
    expect(troubles).toEqual(['source-replaced']);
    mkdirSync(source);
    await clock.advance(3 * lookEveryMs);
    expect(troubles).toEqual(['source-replaced', 'source-replaced']);
  });

  it('takes a file that an editor makes anew for a change like any other', async () => {
    await using folder = await temporaryFolder();
    const source = folder.at('file');
    writeFileSync(source, 'one');
    const { clock, troubles } = guarding([source]);
    writeFileSync(`${source}.new`, 'two');
    renameSync(`${source}.new`, source);
    await clock.advance(lookEveryMs);
    expect(troubles).toEqual([]);
    rmSync(source);
    await clock.advance(lookEveryMs);
    expect(troubles).toEqual(['source-replaced']);
  });

  it('sees file systems that come and go below', async (context) => {
    await using mounted = await limitedFolder({ size: '1m' });
    if (mounted === undefined) return context.skip();
    const { clock, troubles } = guarding([join(mounted.path, '..')]);
    await clock.advance(lookEveryMs);
    expect(troubles).toEqual([]);
    await mounted[Symbol.asyncDispose]();
    await clock.advance(lookEveryMs);
    expect(troubles).toEqual(['source-replaced']);
  });

  it('sees that the machine slept, by the clock that stood still; not that a clock was set back', async () => {
    const { clock, troubles } = guarding([]);
    clock.jumpWallClock(-3_600_000);
    await clock.advance(lookEveryMs);
    expect(troubles).toEqual([]);
    clock.jumpWallClock(3_600_000);
    await clock.advance(lookEveryMs);
    expect(troubles).toEqual(['sleep']);
    await clock.advance(10 * lookEveryMs);
    expect(troubles).toEqual(['sleep']);
  });

  it('ends with the signal', async () => {
    const { clock, abort, done } = guarding(['/nowhere']);
    await clock.advance(lookEveryMs);
    abort.abort();
    await done;
    expect(clock.sleeping).toBe(0);
  });
});
