/** What is left out: the same by restic and by us, for a table of its exclude options on one tree. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../src/base/byte-string.ts';
import { compileExcludes, type ExcludeOptions } from '../../src/source/filesystem/excludes.ts';
import { parsePatternFile, parseSize } from '../../src/source/filesystem/pattern-file.ts';
import { Restic } from '../support/restic.ts';
import { selectedPaths } from '../support/selected-paths.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

const restic = requireTool('restic');

const names = ['a', 'b', 'ab', 'A', 'x.o', 'x.c', '.hidden', 'Ünter', 'a b', '[x]', 'node_modules'];

describe.skipIf(restic === undefined)('excludes as restic has them', () => {
  let folder: TemporaryFolder;
  let judge: Restic;
  let source: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    source = folder.at('source');
    for (const first of names) {
      for (const second of names) {
        const inside = folder.at('source', `d-${first}`, second);
        mkdirSync(inside);
        for (const file of ['a', 'x.o', 'B.TXT', 'é'])
          writeFileSync(`${inside}/${file}`, 'x'.repeat(first.length * 400));
      }
    }
    writeFileSync(folder.at('source', 'd-a', 'a', 'CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55');
    writeFileSync(folder.at('source', 'd-a', 'b', 'CACHEDIR.TAG'), 'Signature: something else');
    writeFileSync(folder.at('source', 'd-b', '.nobackup'), '');
    writeFileSync(folder.at('source', 'd-ab', 'STOP'), 'stop: all');
    judge = new Restic({ repository: folder.at('repository'), password: 'p', home: folder.path });
    await judge.init();
  });
  afterAll(async () => folder[Symbol.asyncDispose]());

  async function byRestic(args: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
    const summary = await judge.backup([source], args, { env });
    const lines = await judge.jsonLines(['ls', String(summary.snapshot_id)]);
    return lines
      .map((line) => fromUtf8(String(line.path ?? '')))
      .filter((path) => path.startsWith(`${source}/`))
      .map((path) => path.slice(source.length + 1))
      .sort((a, b) => (a < b ? -1 : 1));
  }

  const ours = (options: Partial<ExcludeOptions>): string[] =>
    selectedPaths(source, compileExcludes({ roots: [source], ...options }));

  const patternLists: readonly (readonly string[])[] = [
    ['a'],
    ['*.o', 'B.TXT'],
    ['d-a/**/x.o', 'é'],
    ['SOURCE/d-a', '/d-b'],
    ['SOURCE/*/a'],
    ['SOURCE/**/b/**'],
    ['SOURCE/**/b/**/a'],
    ['SOURCE/*', '!SOURCE/d-a', '!SOURCE/d-b', 'x.o'],
    ['d-[^ab]*', '[[]x]'],
    ['?', '!a'],
    ['\\[x\\]', 'a\\ b', '.*'],
    ['d-[A-B]/../d-ab/./b/', '??/x.?'],
    ['*?nter', 'n*_*s', '*a*b*'],
    ['**'],
    ['d-*/**/**/a'],
  ];

  it.each(patternLists.map((list) => [list.join('  '), list] as const))('--exclude %s', async (_name, list) => {
    const patterns = list.map((pattern) => pattern.replace('SOURCE', source));
    const expected = await byRestic(patterns.map((pattern) => `--exclude=${pattern}`));
    expect(ours({ patterns: patterns.map(fromUtf8) })).toEqual(expected);
  });

  it('--iexclude', async () => {
    const expected = await byRestic(['--iexclude=b.txt', '--iexclude=ÜNTER', '--iexclude=D-A']);
    expect(ours({ patternsIgnoringCase: ['b.txt', 'ÜNTER', 'D-A'].map(fromUtf8) })).toEqual(expected);
    expect(expected.length).toBeGreaterThan(100);
  });

  it('--exclude-file, with variables', async () => {
    const content = `# comment\n\n  $HOLDFAST_TEST  \n\${HOLDFAST_TEST}b\n$$x\n[[]x]\n`;
    writeFileSync(folder.at('excludes.txt'), content);
    const environment = { HOLDFAST_TEST: 'd-a' };
    const expected = await byRestic([`--exclude-file=${folder.at('excludes.txt')}`], environment);
    expect(ours({ patterns: parsePatternFile(Buffer.from(content), environment) })).toEqual(expected);
    expect(expected).not.toContain('d-a');
  });

  it('--exclude-caches, --exclude-if-present, --exclude-larger-than', async () => {
    expect(ours({ caches: true })).toEqual(await byRestic(['--exclude-caches']));
    const present = ['.nobackup', 'STOP:stop', 'B.TXT:y'];
    expect(ours({ ifPresent: present })).toEqual(await byRestic(present.map((spec) => `--exclude-if-present=${spec}`)));
    const size = '1K';
    expect(ours({ largerThanBytes: parseSize(size) })).toEqual(await byRestic([`--exclude-larger-than=${size}`]));
  });
});
