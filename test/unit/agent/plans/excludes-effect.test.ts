import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { excludesEffect } from '../../../../src/agent/plans/excludes-effect.ts';
import { type Excludes, excludesSchema } from '../../../../src/config/plan.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const never = new AbortController().signal;
const excludes = (some: Partial<Excludes>): Excludes => excludesSchema.parse(some);

async function tree() {
  const folder = await temporaryFolder();
  const file = (path: string, bytes: number) => writeFileSync(folder.at('home', ...path.split('/')), 'x'.repeat(bytes));
  file('letter.txt', 10);
  file('film.mkv', 5000);
  file('.cache/a/b', 300);
  file('.cache/c', 7);
  file('photos/one.jpg', 100);
  mkdirSync(folder.at('home', 'empty'));
  return folder;
}

describe('what excludes leave out', () => {
  it('counts what is saved, and what each rule leaves out with all below', async () => {
    await using folder = await tree();
    const plan = {
      sources: [folder.at('home')],
      excludes: excludes({ patterns: ['*.jpg'], presets: ['caches'], largerThanBytes: 1000 }),
    };
    expect(await excludesEffect(plan, never)).toEqual({
      files: 1,
      bytes: 10,
      excluded: [
        { rule: 'larger-than: 1000', items: 1, bytes: 5000 },
        { rule: 'preset: caches', items: 2, bytes: 307 },
        { rule: 'pattern: *.jpg', items: 1, bytes: 100 },
      ],
      complete: true,
    });
  });

  it('counts everything where nothing is excluded, and files that are sources themselves', async () => {
    await using folder = await tree();
    const plan = { sources: [folder.at('home', 'photos'), folder.at('home', 'film.mkv')], excludes: excludes({}) };
    expect(await excludesEffect(plan, never)).toMatchObject({ files: 2, bytes: 5100, excluded: [] });
  });

  it('names a source that is not there', async () => {
    const plan = { sources: ['/nowhere/at/all'], excludes: excludes({}) };
    await expect(excludesEffect(plan, never)).rejects.toThrow('/nowhere/at/all');
  });
});
