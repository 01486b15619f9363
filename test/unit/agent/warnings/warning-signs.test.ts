import { describe, expect, it } from 'vitest';
import { type RunFigures, signText, warningSigns } from '../../../../src/agent/warnings/warning-signs.ts';

const mib = 1024 * 1024;
const quiet: RunFigures = {
  filesNew: 0,
  filesChanged: 0,
  filesUnmodified: 100,
  dataAdded: 10 * mib,
  dataAddedPacked: 4 * mib,
};

const kinds = (run: Partial<RunFigures>, previous: readonly RunFigures[] = [quiet, quiet, quiet]): string[] =>
  warningSigns({ ...quiet, ...run }, previous).map(({ kind }) => kind);

describe('warningSigns', () => {
  it('has none for a first backup, nor for a day like any other', () => {
    expect(kinds({ filesNew: 1000, filesUnmodified: 0, dataAddedPacked: 10 * mib }, [])).toEqual([]);
    expect(kinds({})).toEqual([]);
    expect(kinds({ filesNew: 500, filesChanged: 10, filesUnmodified: 85 })).toEqual([]);
  });

  it.each<[string, Partial<RunFigures>, RunFigures, boolean]>([
    ['just more than half', { filesUnmodified: 49 }, quiet, true],
    ['half', { filesUnmodified: 50 }, quiet, false],
    ['all', { filesUnmodified: 0 }, quiet, true],
    ['all, and as many new ones under other names', { filesUnmodified: 0, filesNew: 100 }, quiet, true],
    ['20 of 30', { filesUnmodified: 10 }, { ...quiet, filesUnmodified: 30 }, true],
    ['19 of 30', { filesUnmodified: 11 }, { ...quiet, filesUnmodified: 30 }, false],
    ['what was new the last time', { filesUnmodified: 10 }, { ...quiet, filesNew: 50, filesUnmodified: 10 }, true],
  ])('most files gone: %s', (_, run, parent, expected) => {
    expect(kinds(run, [parent])).toEqual(expected ? ['most-files-gone'] : []);
  });

  it.each<[string, Partial<RunFigures>, RunFigures, boolean]>([
    ['just more than half', { filesChanged: 51, filesUnmodified: 49 }, quiet, true],
    ['half', { filesChanged: 50, filesUnmodified: 50 }, quiet, false],
    ['20 of 30', { filesChanged: 20, filesUnmodified: 10 }, { ...quiet, filesUnmodified: 30 }, true],
    ['19 of 30', { filesChanged: 19, filesUnmodified: 11 }, { ...quiet, filesUnmodified: 30 }, false],
  ])('most rewritten: %s', (_, run, parent, expected) => {
    expect(kinds(run, [parent])).toEqual(expected ? ['most-rewritten'] : []);
  });

  const adding = (mibs: number, ratio: number): RunFigures => ({
    ...quiet,
    dataAdded: mibs * mib,
    dataAddedPacked: mibs * mib * ratio,
  });

  it.each<[string, RunFigures, readonly RunFigures[], boolean]>([
    ['it compressed before', adding(10, 1), [adding(10, 0.4), adding(9, 0.8), adding(10, 0.5)], true],
    ['hardly, and hardly before', adding(10, 0.96), [adding(10, 0.9), adding(10, 0.9), adding(10, 0.9)], false],
    ['a little', adding(10, 0.94), [adding(10, 0.4), adding(10, 0.4), adding(10, 0.4)], false],
    ['little data', adding(7, 1), [adding(10, 0.4), adding(10, 0.4), adding(10, 0.4)], false],
    ['too few runs to compare with', adding(10, 1), [adding(10, 0.4), adding(10, 0.4), adding(1, 0.4)], false],
    ['one exception', adding(10, 1), [adding(10, 1), adding(10, 0.4), adding(10, 0.4)], true],
    [
      'long ago',
      adding(10, 1),
      [...Array.from({ length: 20 }, () => adding(10, 1)), ...Array.from({ length: 40 }, () => adding(10, 0.4))],
      false,
    ],
  ])('incompressible: %s', (_, run, previous, expected) => {
    expect(warningSigns(run, previous).map(({ kind }) => kind)).toEqual(expected ? ['incompressible'] : []);
  });

  it('says what it saw', () => {
    const all = warningSigns({ ...adding(10, 1), filesChanged: 100, filesUnmodified: 0 }, [
      adding(10, 0.4),
      adding(10, 0.4),
      adding(10, 0.4),
    ]);
    expect(all.map(signText)).toEqual([
      '100 of the 100 files of the backup before were rewritten.',
      'The new data hardly compresses (to 100 %, usually 40 %): it may have been encrypted by someone else.',
    ]);
  });
});
