/**
 * The layer rules: who may import what. The table is the design's; the rules for dependency-cruiser are made from it.
 *
 * A row names a folder of src/ (or a top folder) and what it may import besides itself: a folder's name, or a key of
 * `surfaces` for a part of one.
 */
const everythingButServer = [
  'base',
  'kernels',
  'platform',
  'format',
  'backend-port',
  'repository-mod',
  'source',
  'backup',
].concat(['restore', 'config', 'remote', 'jobs', 'http', 'control']);

/** The table of the design ("Layout"). */
export const mayImport = {
  base: [],
  kernels: ['base'],
  format: ['base'],
  backend: ['base'],
  config: ['base'],
  platform: ['base'],
  remote: ['base'],
  repository: ['base', 'kernels', 'format', 'backend-port'],
  source: ['base', 'format', 'platform', 'config-types'],
  backup: ['base', 'kernels', 'format', 'source', 'repository-mod'],
  restore: ['base', 'format', 'platform', 'repository-mod'],
  jobs: ['base', 'config'],
  http: ['base', 'config'],
  server: [
    'base',
    'config',
    'platform',
    'jobs',
    'http',
    'format',
    'backend-port',
    'repository-mod',
    'backup',
    'restore',
  ].concat(['source', 'remote-wire']),
  control: ['base', 'config', 'job-model'],
  agent: everythingButServer,
  cli: ['base', 'config', 'control', 'platform', 'repository-mod', 'backup-mod', 'restore-mod', 'source-mod'].concat([
    'mains',
  ]),
  electron: ['base', 'control'],
  renderer: ['control', 'config-types'],
};

/** Parts of a folder, as patterns of paths. */
const surfaces = {
  'backend-port': '^src/backend/backend\\.ts$',
  'repository-mod': '^src/repository/mod\\.ts$',
  'backup-mod': '^src/backup/mod\\.ts$',
  'restore-mod': '^src/restore/mod\\.ts$',
  'source-mod': '^src/source/mod\\.ts$',
  'config-types': '^src/config/',
  'job-model': '^src/jobs/job\\.ts$',
  'remote-wire': '^src/remote/dialects/[^/]+/wire\\.ts$',
  mains: '^src/(agent|server)/main\\.ts$',
};

/** Where concrete backends and adapters are put together. */
const compositionRoots = '^src/(cli/[^/]+|agent/main|server/main|[^/]+/worker/entry)\\.ts$';
const registry = '^src/backend/registry\\.ts$';
/** Bandwidth that what composition roots put together shares. */
const limits = '^src/backend/limits\\.ts$';

const topFolders = ['electron', 'renderer'];
const pathOf = (folder) => (topFolders.includes(folder) ? `^${folder}/` : `^src/${folder}/`);
const product = '^(src|electron|renderer)/';

function tableRules() {
  return Object.entries(mayImport).map(([folder, allowed]) => ({
    name: `layer-${folder}`,
    severity: 'error',
    comment: `${folder} may import ${allowed.join(', ') || 'nothing'} (the table in build/layers/rules.mjs).`,
    from: { path: pathOf(folder) },
    // The registry is for composition roots, and has a rule of its own.
    to: {
      path: product,
      pathNot: [pathOf(folder), ...allowed.map((name) => surfaces[name] ?? pathOf(name)), registry, limits],
    },
  }));
}

/** Where only `import type` is allowed (dependency-cruiser with swc does not tell; read.mjs looks itself). */
export const typesOnly = Object.entries(mayImport)
  .filter(([, allowed]) => allowed.includes('config-types'))
  .map(([folder]) => ({
    name: `layer-${folder}-config-types`,
    comment: `${folder} may import types of config only.`,
    from: new RegExp(pathOf(folder)),
    to: /^src\/config\//,
  }));

/** Cycles of values are found by cycles.mjs; a cycle that an `import type` closes is none when it runs. */
export const noCycles = { name: 'no-cycles', comment: 'No module imports itself by way of others.' };

/** A new folder of src/ needs a row in the table. */
export const unknownFolder = {
  name: 'unknown-folder',
  comment: 'A new folder of src/ needs a row in the table in build/layers/rules.mjs.',
  isUnknown: (file) =>
    file.startsWith('src/') && !Object.keys(mayImport).some((folder) => file.startsWith(`src/${folder}/`)),
};

const forbid = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

/** dependency-cruiser's `forbidden`. */
export const forbidden = [
  ...tableRules(),
  forbid(
    'backend-kinds',
    'Only the registry knows the kinds of backend; a kind knows the port, the decorators, http and itself.',
    { path: product, pathNot: [registry, '^src/backend/([^/]+)/'] },
    { path: '^src/backend/[^/]+/' },
  ),
  forbid(
    'backend-kinds-apart',
    'A kind of backend does not know another.',
    { path: '^src/backend/([^/]+)/' },
    { path: '^src/backend/[^/]+/', pathNot: ['^src/backend/$1/', '^src/backend/(decorators|http)/'] },
  ),
  forbid(
    'composition-roots',
    'Only composition roots (cli/*.ts, agent/main, server/main, worker entries) make backends.',
    { path: product, pathNot: [compositionRoots] },
    { path: registry },
  ),
  forbid(
    'shared-limits',
    'Limits of bandwidth are made by composition roots, and kept by backends.',
    { path: product, pathNot: [compositionRoots, '^src/backend/'] },
    { path: limits },
  ),
  forbid(
    'child-process',
    'Programs are started in platform/ (and in build/ and tests) only.',
    { path: product, pathNot: ['^src/platform/'] },
    { path: '^(node:)?child_process$' },
  ),
  forbid(
    'ffi',
    'Native packages are loaded in platform/ only.',
    { path: product, pathNot: ['^src/platform/'] },
    {
      path: '(^|node_modules/)(koffi|keytar|@napi-rs)(/|$)',
    },
  ),
  forbid(
    'electron',
    'Electron is known in electron/ only.',
    { path: product, pathNot: ['^electron/'] },
    {
      path: '(^|node_modules/)electron(/|$)',
    },
  ),
  forbid(
    'pure',
    'base and format do no I/O.',
    { path: '^src/(base|format)/' },
    {
      path: '^(node:)?(fs|fs/promises|net|tls|http|https|http2|dgram|child_process|sqlite)$',
    },
  ),
  forbid(
    'no-tests',
    'The product does not import tests, benches or the build.',
    { path: product },
    { path: '^(test|build)/' },
  ),
  forbid(
    'no-dev-packages',
    'The product does not import development packages.',
    { path: product },
    {
      // Electron is the runtime of its shell; packagers want it among the development packages.
      pathNot: ['node_modules/electron/'],
      dependencyTypes: ['npm-dev'],
      dependencyTypesNot: ['type-only'],
    },
  ),
  forbid(
    'resolvable',
    'Every import leads somewhere.',
    {},
    { couldNotResolve: true, pathNot: ['^(koffi|electron)$', '^virtual:'] },
  ),
];
