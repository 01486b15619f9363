import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../../../src/base/byte-string.ts';
import { compileExcludes, type ExcludeOptions } from '../../../../src/source/filesystem/excludes.ts';
import { presets } from '../../../../src/source/filesystem/presets.ts';
import { scanEntry } from '../../../../src/source/filesystem/scan-directory.ts';
import { selectedPaths } from '../../../support/selected-paths.ts';
import { limitedFolder, type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';

/** Files by path, folders by a slash at the end. */
function make(folder: TemporaryFolder, files: readonly string[] | Readonly<Record<string, string>>): void {
  const isList = (value: typeof files): value is readonly string[] => Array.isArray(value);
  const contents = isList(files) ? files.map((file) => [file, ''] as const) : Object.entries(files);
  for (const [path, content] of contents) {
    if (path.endsWith('/')) mkdirSync(folder.at(path, '.'), { recursive: true });
    else writeFileSync(folder.at(path), content);
  }
}

/** What stays, relative to the folder. */
function selected(folder: TemporaryFolder, options: Partial<ExcludeOptions>): string[] {
  return selectedPaths(folder.path, compileExcludes({ roots: [folder.path], ...options }));
}

describe('compileExcludes: patterns', () => {
  it('names the rule', () => {
    const selector = compileExcludes({
      roots: ['/'],
      patterns: ['*.o', '/home/x'],
      patternsIgnoringCase: ['THUMBS.db'],
      presets: ['trash'],
    });
    expect(selector.rejectName('/a/b.o')).toEqual({ kind: 'pattern', rule: '*.o' });
    expect(selector.rejectName('/home/x/y')).toEqual({ kind: 'pattern', rule: '/home/x' });
    expect(selector.rejectName('/a/Thumbs.DB')).toEqual({ kind: 'pattern-ignoring-case', rule: 'THUMBS.db' });
    expect(selector.rejectName('/home/y/.local/share/Trash')).toEqual({ kind: 'preset', rule: 'trash' });
    expect(selector.rejectName('/a/b.c')).toBeUndefined();
  });

  it('compares bytes, also of names that are no UTF-8', () => {
    const selector = compileExcludes({ roots: ['/'], patterns: [fromUtf8('Müll*'), 'x\xff'] });
    expect(selector.rejectName(fromUtf8('/a/Müllhalde'))).toBeDefined();
    expect(selector.rejectName('/a/x\xff')).toBeDefined();
    expect(selector.rejectName('/a/x\xfe')).toBeUndefined();
  });

  it('leaves everything in when nothing is asked for', () => {
    const selector = compileExcludes({ roots: ['/'] });
    expect(selector.rejectName('/x')).toBeUndefined();
    expect(selector.rejectDirectory('/x', ['CACHEDIR.TAG', '.nobackup', '.gitignore'])).toBeUndefined();
    expect(selector.rejectEntry('/dev/null', scanEntry('/dev/null', 'null').stat!)).toBeUndefined();
  });
});

describe('compileExcludes: marker files', () => {
  it('leaves out the content of tagged caches, and keeps the tag', async () => {
    await using folder = await temporaryFolder();
    make(folder, {
      'good/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55\n# more',
      'good/data': '',
      'good/deep/data': '',
      'wrong/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc56',
      'wrong/data': '',
      'short/CACHEDIR.TAG': 'Signature: 8a',
      'short/data': '',
    });
    const warnings: string[] = [];
    const left = selected(folder, { caches: true, warn: (message) => warnings.push(message) });
    expect(left).toEqual([
      'good',
      'good/CACHEDIR.TAG',
      'short',
      'short/CACHEDIR.TAG',
      'short/data',
      'wrong',
      'wrong/CACHEDIR.TAG',
      'wrong/data',
    ]);
    expect(warnings).toHaveLength(2);
  });

  it('knows .nobackup and files of any name, with and without a header', async () => {
    await using folder = await temporaryFolder();
    make(folder, {
      'a/.nobackup': '',
      'a/x': '',
      'b/STOP': 'yes: please',
      'b/x': '',
      'c/STOP': 'no',
      'c/x': '',
      'd/HALT': '',
      'd/x': '',
      'e/HALT': '',
      'e/.nobackup': '',
      'e/x': '',
    });
    const left = selected(folder, { nobackupMarker: true, ifPresent: ['STOP:yes: p', 'HALT'] });
    expect(left).toEqual(['a', 'a/.nobackup', 'b', 'b/STOP', 'c', 'c/STOP', 'c/x', 'd', 'd/HALT', 'e']);
  });

  it('refuses a marker without a name', () => {
    for (const ifPresent of ['', ':header']) {
      expect(() => compileExcludes({ roots: [], ifPresent: [ifPresent] })).toThrowError(
        expect.objectContaining({ code: 'invalid-input' }),
      );
    }
  });
});

describe('compileExcludes: sizes and file systems', () => {
  it('leaves out what is larger than the limit, but no folder', async () => {
    await using folder = await temporaryFolder();
    make(folder, { small: 'x'.repeat(10), large: 'x'.repeat(11), 'dir/small': '' });
    expect(selected(folder, { largerThanBytes: 10 })).toEqual(['dir', 'dir/small', 'small']);
  });

  it('leaves out a file that is mounted by itself', async () => {
    await using folder = await temporaryFolder();
    make(folder, ['file']);
    const selector = compileExcludes({ roots: [folder.path], oneFileSystem: true });
    const stat = scanEntry(folder.at('file'), 'file').stat!;
    expect(selector.rejectEntry(folder.at('file'), stat)).toBeUndefined();
    expect(selector.rejectEntry(folder.at('file'), { ...stat, device: stat.device + 1n })).toEqual({
      kind: 'other-file-system',
      rule: folder.at('file'),
    });
  });

  it('stays on the file systems of the sources, and keeps mount points as empty folders', async ({ skip }) => {
    await using folder = await temporaryFolder();
    make(folder, ['file']);
    await using mounted = await limitedFolder({ size: '1m' });
    if (mounted === undefined) return skip('mounting needs root');
    make(mounted, ['inside', 'dir/deep']);
    const parent = join(mounted.path, '..');
    const name = mounted.path.slice(parent.length + 1);
    const selector = compileExcludes({ roots: [parent], oneFileSystem: true });
    expect(selector.rejectEntry(mounted.path, scanEntry(mounted.path, name).stat!)).toBeUndefined();
    for (const inside of ['inside', 'dir']) {
      const path = mounted.at(inside);
      expect(selector.rejectEntry(path, scanEntry(path, inside).stat!)).toMatchObject({ kind: 'other-file-system' });
    }
    const both = compileExcludes({ roots: [parent, mounted.path], oneFileSystem: true });
    expect(both.rejectEntry(mounted.at('inside'), scanEntry(mounted.at('inside'), 'inside').stat!)).toBeUndefined();
    expect(both.rejectEntry(folder.at('file'), scanEntry(folder.at('file'), 'file').stat!)).toBeUndefined();
  });
});

describe('compileExcludes: .gitignore', () => {
  it('lets a file in the source go before the patterns given', async () => {
    await using folder = await temporaryFolder();
    make(folder, { '.gitignore': '!keep.log', 'keep.log': '', 'other.log': '' });
    const left = selected(folder, { gitignorePatterns: ['*.log'], honourGitignoreFiles: true });
    expect(left).toEqual(['.gitignore', 'keep.log']);
  });

  it('takes patterns for the source', async () => {
    await using folder = await temporaryFolder();
    make(folder, ['build/x', 'src/build', 'src/a.log', 'keep.log', 'top', 'src/top']);
    const left = selected(folder, { gitignorePatterns: ['build/', '*.log', '!keep.log', '/top'] });
    expect(left).toEqual(['keep.log', 'src', 'src/build', 'src/top']);
  });

  it('honours the files found on the way, the deepest first', async () => {
    await using folder = await temporaryFolder();
    make(folder, {
      '.gitignore': '*.log\n/only-here\n',
      'a.log': '',
      'only-here': '',
      'sub/.gitignore': '!keep.log\nlocal\n',
      'sub/keep.log': '',
      'sub/other.log': '',
      'sub/only-here': '',
      'sub/local': '',
      'sub/deep/local': '',
      'sub/deep/keep.log': '',
      'beside/local': '',
      'beside/keep.log': '',
    });
    expect(selected(folder, { honourGitignoreFiles: true })).toEqual([
      '.gitignore',
      'beside',
      'beside/local',
      'sub',
      'sub/.gitignore',
      'sub/deep',
      'sub/deep/keep.log',
      'sub/keep.log',
      'sub/only-here',
    ]);
  });

  it('says which line it was', async () => {
    await using folder = await temporaryFolder();
    make(folder, ['x.log']);
    const selector = compileExcludes({ roots: [folder.path], gitignorePatterns: ['*.log'] });
    expect(selector.rejectEntry(folder.at('x.log'), scanEntry(folder.at('x.log'), 'x.log').stat!)).toEqual({
      kind: 'gitignore',
      rule: '*.log',
    });
  });
});

describe('compileExcludes: presets', () => {
  it.each(presets.map((preset) => [preset.name, preset] as const))(
    '%s compiles and speaks to the user',
    (name, preset) => {
      const selector = compileExcludes({ roots: ['/'], presets: [name] });
      expect(preset.description).toMatch(/^[A-Z].*\.$/);
      const [pattern = ''] = preset.patterns;
      expect(selector.rejectName(`/home/x/${pattern.replaceAll('*', 'x')}`)).toEqual({ kind: 'preset', rule: name });
      expect(selector.rejectName('/home/x/Documents/letter.odt')).toBeUndefined();
    },
  );

  it('leaves out build output only where its project is', async () => {
    await using folder = await temporaryFolder();
    make(folder, [
      'rust/Cargo.toml',
      'rust/target/x',
      'rust/src/target',
      'photos/target/x',
      'js/node_modules/x',
      'js/a.js',
    ]);
    expect(selected(folder, { presets: ['build-output'] })).toEqual([
      'js',
      'js/a.js',
      'photos',
      'photos/target',
      'photos/target/x',
      'rust',
      'rust/Cargo.toml',
      'rust/src',
      'rust/src/target',
    ]);
  });

  it('refuses an unknown name and lists the known ones', () => {
    expect(() => compileExcludes({ roots: [], presets: ['cashes'] })).toThrowError(
      expect.objectContaining({ code: 'invalid-input', hint: expect.stringContaining('caches') }),
    );
  });
});
