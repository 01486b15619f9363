/**
 * What a snapshot's tree looks like from the top: the folders that lead to what the user named.
 *
 * As restic does it (internal/archiver/tree.go): an absolute target appears under all its folders, a relative one under
 * what it names (leading `..` dropped), and a target that names nothing (`.`, `..`, `/`) stands for its entries.
 */
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import { listNames } from '../source/mod.ts';
import { checkSources } from './source-check.ts';
import { checkFree, pathParts } from './streamed/streamed-tree.ts';

/** A node of the top of the tree: a target itself (`path`), or a folder on the way to one (`children`). */
export interface TargetNode {
  /** Of the file or folder that is saved here, whole. */
  path?: ByteString;
  /** True where the user named this very path: excludes do not apply to it. */
  explicit: boolean;
  /** Where the metadata of a folder on the way comes from. */
  infoPath?: ByteString;
  readonly children: Map<ByteString, TargetNode>;
  /** Where the first part of the target lies; tells apart equal names of different places. */
  first?: ByteString;
}

export interface Targets {
  readonly root: TargetNode;
  /** Absolute, sorted: what the snapshot lists as its paths. */
  readonly paths: readonly ByteString[];
  /** Those of them that lie on disk. */
  readonly roots: readonly ByteString[];
  readonly sources: readonly PlannedSource[];
}

/** A target, and where it comes to lie. */
export interface PlannedSource {
  /** Absolute. */
  readonly path: ByteString;
  /** The names that lead to it in the snapshot; none for one whose entries lie at the top. */
  readonly inSnapshot: readonly ByteString[];
}

/**
 * @param targets paths as the user gave them; relative ones lie in `cwd`
 * @param streamed paths of streamed sources, absolute in the snapshot
 * @throws `invalid-input` for none, or two that collide, or a streamed one that is no path; `source-missing` for one that is not there; the codes of
 *   listing for `.` and for a folder with another target in it
 */
export function planTargets(
  targets: readonly ByteString[],
  cwd: ByteString,
  streamed: readonly ByteString[] = [],
): Targets {
  if (targets.length === 0 && streamed.length === 0) {
    throw new HoldfastError('invalid-input', 'There is nothing to back up.', {
      hint: 'Name at least one file or folder.',
    });
  }
  if (targets.includes('')) throw new HoldfastError('invalid-input', 'A path to back up is empty.');
  const roots = [...new Set(targets.map((target) => resolve(cwd, target)))].sort();
  checkSources(roots);
  const root: TargetNode = { explicit: false, children: new Map() };
  const sources: PlannedSource[] = [];
  for (const target of targets) {
    const path = resolve(cwd, target);
    const parts = components(target);
    if (parts.length > 0) {
      sources.push({ path, inSnapshot: addTarget(root, target, parts, cwd, true) });
      continue;
    }
    sources.push({ path, inSnapshot: [] });
    for (const name of listNames(path)) {
      const path = join(target, name);
      addTarget(root, path, components(path), cwd, false);
    }
  }
  // The whole snapshot may be streamed into; what collides is then told entry by entry.
  for (const path of streamed) if (path !== '/') checkFree(root, pathParts(path), path);
  unroll(root);
  return { root, paths: [...new Set([...roots, ...streamed])].sort(), roots, sources };
}

function components(target: ByteString): ByteString[] {
  const parts = normalize(target)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (isAbsolute(target)) return parts;
  const first = parts.findIndex((part) => part !== '..');
  return first < 0 ? [] : parts.slice(first);
}

function addTarget(
  root: TargetNode,
  target: ByteString,
  parts: ByteString[],
  cwd: ByteString,
  explicit: boolean,
): ByteString[] {
  const absolute = resolve(cwd, target);
  let place: ByteString = absolute;
  for (let up = 0; up < parts.length; up++) place = dirname(place);
  const names: ByteString[] = [];
  let node = root;
  for (const [depth, part] of parts.entries()) {
    place = join(place, part);
    const name = depth === 0 ? freeName(root, part, place) : part;
    names.push(name);
    let child = node.children.get(name);
    if (child === undefined) {
      child = { explicit: false, children: new Map(), ...(depth === 0 ? { first: place } : {}) };
      node.children.set(name, child);
    }
    if (depth === parts.length - 1) {
      if (child.path !== undefined && child.path !== absolute) {
        throw new HoldfastError(
          'invalid-input',
          `${toUtf8(child.path)} and ${toUtf8(absolute)} would be the same in the snapshot.`,
        );
      }
      child.path = absolute;
      child.explicit ||= explicit;
    } else {
      child.infoPath = place;
    }
    node = child;
  }
  return names;
}

/** `name`, or `name-1`, `name-2` … where another place took it. */
function freeName(root: TargetNode, name: ByteString, place: ByteString): ByteString {
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? name : `${name}-${number}`;
    const taken = root.children.get(candidate);
    if (taken === undefined || taken.first === place) return candidate;
  }
}

/** A target that lies inside another one: the outer is listed, so that every leaf is a whole file or folder. */
function unroll(node: TargetNode): void {
  if (node.path !== undefined && node.children.size > 0) {
    for (const name of listNames(node.path)) {
      const path = join(node.path, name);
      const child = node.children.get(name);
      if (child === undefined) node.children.set(name, { path, explicit: false, children: new Map() });
      else child.path ??= path;
    }
    node.infoPath = node.path;
    delete node.path;
  }
  for (const child of node.children.values()) unroll(child);
}
