/** The layer rules catch what they are for: each kind of violation is planted in a copy of the sources. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');

/** File → its text; the rule that it breaks is the key. */
const violations: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'layer-base': ['src/base/planted.ts', `import '../format/planted-target.ts';`],
  'layer-format': ['src/format/planted.ts', `import type { Planted } from '../backend/backend.ts';`],
  'layer-repository': ['src/repository/planted.ts', `import '../source/planted-target.ts';`],
  'layer-backup': ['src/backup/planted.ts', `export * from '../repository/planted-target.ts';`],
  'layer-cli': ['src/cli/commands/planted.ts', `await import('../../backup/planted-target.ts');`],
  'layer-server': ['src/server/planted.ts', `import '../remote/dialects/fa/client.ts';`],
  'layer-agent': ['src/agent/planted.ts', `import '../server/main.ts';`],
  'layer-renderer-config-types': [
    'renderer/planted-config.ts',
    `import { planted } from '../src/config/planted-target.ts';`,
  ],
  'layer-renderer': ['renderer/planted.ts', `import '../src/base/planted-target.ts';`],
  'unknown-folder': ['src/planted/planted.ts', `export const planted = 1;`],
  'backend-kinds': ['src/repository/planted-kind.ts', `import '../backend/planted/planted-target.ts';`],
  'backend-kinds-apart': ['src/backend/other/planted.ts', `import '../planted/planted-target.ts';`],
  'composition-roots': ['src/repository/planted-root.ts', `import '../backend/registry.ts';`],
  'child-process': ['src/agent/planted-program.ts', `import 'node:child_process';`],
  ffi: ['src/source/planted.ts', `const koffi = await import('koffi');`],
  pure: ['src/format/planted-io.ts', `import { readFileSync } from 'node:fs';`],
  'no-tests': ['src/http/planted.ts', `import '../../test/planted-target.ts';`],
  'no-dev-packages': ['src/jobs/planted.ts', `import 'vitest';`],
  resolvable: ['src/jobs/planted-nowhere.ts', `import './nowhere.ts';`],
  'no-cycles': ['src/http/planted-cycle-a.ts', `import './planted-cycle-b.ts';`],
};

/** What the rules allow, and must go on to. */
const allowed: Readonly<Record<string, string>> = {
  'src/control/allowed.ts': `import type { Planted } from '../config/planted-target.ts';`,
  'src/restore/worker/entry.ts': `import '../../backend/registry.ts';`,
  'src/cli/allowed.ts': `import '../backend/registry.ts';`,
  'src/cli/commands/allowed.ts': `import '../../server/main.ts';`,
  'src/server/allowed.ts': `import '../remote/dialects/fa/wire.ts';`,
  'src/platform/allowed.ts': `import 'node:child_process'; import 'keytar/keytar'; await using planted = await import('./planted-target.ts');`,
  'src/backend/planted/allowed.ts': `import '../decorators/planted-target.ts';`,
};

const targets = [
  ...[
    'backup',
    'backend/planted',
    'backend/decorators',
    'base',
    'config',
    'format',
    'platform',
    'repository',
    'source',
  ].map((folder) => `src/${folder}/planted-target.ts`),
  ...[
    'src/server/main.ts',
    'src/remote/dialects/fa/client.ts',
    'src/remote/dialects/fa/wire.ts',
    'test/planted-target.ts',
  ],
];

let copy: string;
let output: string;
let status: number | null;

function judge(root: string): { output: string; status: number | null } {
  const run = spawnSync(process.execPath, [join(project, 'build/layers/check.mjs'), root], { encoding: 'utf8' });
  return { output: run.stdout + run.stderr, status: run.status };
}

function plant(file: string, text: string): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), `${text}\n`);
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'holdfast-layers-'));
  cpSync(join(project, 'src'), join(copy, 'src'), { recursive: true });
  cpSync(join(project, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  for (const file of targets) plant(file, 'export const planted = 1; export type Planted = number;');
  for (const [file, text] of [...Object.values(violations), ...Object.entries(allowed)]) plant(file, text);
  plant('src/http/planted-cycle-b.ts', `import './planted-cycle-a.ts';`);
  ({ output, status } = judge(copy));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('layer rules', () => {
  it.each(Object.entries(violations))('%s', (rule, [file]) => {
    expect(output).toContain(`${rule}: ${file} →`);
    expect(status).toBe(1);
  });

  it.each(Object.keys(allowed))('let %s be', (file) => {
    expect(output).not.toContain(file);
  });

  it('do not pass a tree in which nothing was read', () => {
    const empty = mkdtempSync(join(tmpdir(), 'holdfast-layers-'));
    try {
      mkdirSync(join(empty, 'src'));
      writeFileSync(join(empty, 'src/only.ts'), 'export const only = 1;\n');
      const verdict = judge(empty);
      expect(verdict.output).toContain('only 1 modules found');
      expect(verdict.status).toBe(1);
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});
