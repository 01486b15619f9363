/** Reads the import graph of a tree with dependency-cruiser and judges it by the layer rules. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { findCycles } from './cycles.mjs';
import { forbidden, noCycles, typesOnly, unknownFolder } from './rules.mjs';

// swc parses `using`, but the tree walker that it ships and dependency-cruiser uses throws at it.
const { Visitor } = createRequire(import.meta.url)('@swc/core/Visitor.js');
const visitStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function visit(statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  statement.decls = this.visitVariableDeclarators(statement.decls);
  return statement;
};

// dependency-cruiser asks for TypeScript without JSX, whatever the file's name says.
const swc = createRequire(import.meta.url)('@swc/core');
const parseFileSync = swc.parseFileSync;
swc.parseFileSync = (file, options) => parseFileSync.call(swc, file, { ...options, tsx: file.endsWith('.tsx') });

/** How modules are read and resolved. */
export const options = {
  parser: 'swc',
  tsPreCompilationDeps: true,
  detectJSDocImports: false,
  exclude: { path: ['^src/kernels/assembly/', '^dist/', '^build/cli\\.js$', '(^|/)node_modules/.+/node_modules/'] },
  doNotFollow: { path: ['node_modules'] },
  enhancedResolveOptions: {
    exportsFields: ['exports'],
    extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    conditionNames: ['import', 'types', 'node', 'default'],
  },
};

/** The folders that are read, where they exist. */
const folders = ['src', 'electron', 'renderer', 'test', 'build'];

/**
 * Judges the tree at `root`.
 *
 * @returns every broken rule, and the source files that the tool did not read: unless that is empty, the verdict is void
 */
export async function judgeLayers(root) {
  const sources = folders.flatMap((folder) => sourceFiles(root, folder));
  const present = folders.filter((folder) => sources.some((file) => file.startsWith(`${folder}/`)));
  const { output } = await cruise(present, { ...options, baseDir: root, ruleSet: { forbidden }, validate: true });
  const read = new Set(output.modules.filter((module) => !module.couldNotResolve).map((module) => module.source));
  return {
    modules: sources.length,
    unread: sources.filter((file) => !read.has(file)),
    imports: output.summary.totalDependenciesCruised,
    violations: [
      ...output.summary.violations.map(describe),
      ...output.modules.flatMap((module) => valueImports(root, module)),
      ...cycles(root, output.modules),
      ...sources.filter(unknownFolder.isUnknown).map((from) => ({ ...unknownFolder, from, to: 'no row' })),
    ],
  };
}

function describe({ rule: { name }, from, to }) {
  return { name, comment: forbidden.find((rule) => rule.name === name)?.comment, from, to };
}

function cycles(root, modules) {
  const read = new Set(modules.filter(isSource).map(({ source }) => source));
  const edges = new Map();
  for (const module of modules.filter(isSource)) {
    const values = importsOfValues(root, module);
    edges.set(
      module.source,
      values.map(({ resolved }) => resolved).filter((to) => read.has(to)),
    );
  }
  return findCycles(edges).map(([from, ...rest]) => ({ ...noCycles, from, to: rest.join(' → ') }));
}

const isSource = ({ source, couldNotResolve }) =>
  !couldNotResolve && /\.(ts|tsx|mjs)$/.test(source) && folders.some((folder) => source.startsWith(`${folder}/`));

/** Imports of values where the rules allow types only. */
function valueImports(root, module) {
  const rules = typesOnly.filter(({ from }) => from.test(module.source));
  if (rules.length === 0) return [];
  return importsOfValues(root, module).flatMap(({ resolved }) =>
    rules
      .filter(({ to }) => to.test(resolved))
      .map(({ name, comment }) => ({ name, comment, from: module.source, to: resolved })),
  );
}

function importsOfValues(root, { source, dependencies }) {
  const text = readFileSync(join(root, source), 'utf8');
  return dependencies.filter(({ module }) => !isTypeImport(text, module));
}

/** True when each mention of the specifier ends an `import type … from` or `export type … from`. */
function isTypeImport(text, specifier) {
  const before = text.split(new RegExp(`['"]${RegExp.escape(specifier)}['"]`)).slice(0, -1);
  return before.every((part) => /\b(import|export)\s+type\s[^;'"]*\bfrom\s*$/.test(part));
}

function sourceFiles(root, folder) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (path === 'src/kernels/assembly' || path === 'test/fixtures') return [];
    if (entry.isDirectory()) return sourceFiles(root, path);
    return /\.(ts|tsx|mjs)$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}
