/** Reads the import graph of a tree with dependency-cruiser and judges it by the layer rules. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { forbidden } from './rules.mjs';

// swc parses `using`, but the tree walker that it ships and dependency-cruiser uses throws at it.
const { Visitor } = createRequire(import.meta.url)('@swc/core/Visitor.js');
const visitStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function visit(statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  statement.decls = this.visitVariableDeclarators(statement.decls);
  return statement;
};

/** How modules are read and resolved. */
export const options = {
  parser: 'swc',
  tsPreCompilationDeps: true,
  detectJSDocImports: false,
  exclude: { path: ['^src/kernels/assembly/', '^dist/', '(^|/)node_modules/.+/node_modules/'] },
  doNotFollow: { path: ['node_modules'] },
  enhancedResolveOptions: {
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
    violations: output.summary.violations.map(({ rule, from, to, cycle }) => ({
      rule: rule.name,
      from,
      to,
      ...(cycle === undefined ? {} : { cycle: cycle.map((step) => step.name) }),
    })),
  };
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
