/**
 * A selection by exact paths, as someone picks them from a list: no character in them means anything else.
 *
 * A path stands for itself and all below it. Folders on the way are made as they are needed.
 */
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import type { Selected, Selection } from './selection.ts';

/** A name, and what is picked below it; `whole` stands for all. */
interface Branch {
  whole: boolean;
  readonly children: Map<ByteString, Branch>;
}

const nothing: Selected = { item: false, below: false };
const onTheWay: Selected = { item: false, below: true };
const whole: Selected = { item: true, below: true };
const leaf: Selected = { item: true, below: false };

/**
 * @param paths absolute, in the snapshot; "/" is everything
 * @throws `invalid-input` for none, and for a path that is not absolute or has "." or ".." in it
 */
export function selectPaths(paths: readonly ByteString[]): Selection {
  const root: Branch = { whole: false, children: new Map() };
  for (const path of outermost(paths)) {
    let branch = root;
    for (const name of namesOf(path)) {
      const known = branch.children.get(name) ?? { whole: false, children: new Map() };
      branch.children.set(name, known);
      branch = known;
    }
    branch.whole = true;
  }
  if (root.whole) return undefined;
  return (path, isFolder) => {
    let branch = root;
    for (const name of path.slice(1).split('/')) {
      const next = branch.children.get(name);
      if (next === undefined) return nothing;
      if (next.whole) return isFolder ? whole : leaf;
      branch = next;
    }
    return isFolder ? onTheWay : nothing;
  };
}

/** The paths, without those below another one, in their order. Each once, written the same way. */
export function outermost(paths: readonly ByteString[]): ByteString[] {
  if (paths.length === 0) {
    throw new HoldfastError('invalid-input', 'Nothing is selected.', { hint: 'Select at least one file or folder.' });
  }
  const all = new Set(paths.map((path) => `/${namesOf(path).join('/')}`));
  return [...all].filter((path) => path === '/' || !foldersOf(path).some((folder) => all.has(folder)));
}

/** @throws `invalid-input` */
export function namesOf(path: ByteString): ByteString[] {
  const names = path.split('/').filter((name) => name !== '');
  if (!path.startsWith('/') || names.some((name) => name === '.' || name === '..')) {
    throw new HoldfastError('invalid-input', `"${toUtf8(path)}" is no path in a snapshot.`, {
      hint: 'Paths start with "/", and are written as ls shows them.',
    });
  }
  return names;
}

/** The path as seen from a folder, both written the same way. @throws `invalid-input` if it does not lie in there */
export function pathBelow(path: ByteString, folder: ByteString): ByteString {
  if (path === folder) return '/';
  if (folder === '/') return path;
  if (path.startsWith(`${folder}/`)) return path.slice(folder.length);
  throw new HoldfastError('invalid-input', `${toUtf8(path)} does not lie in ${toUtf8(folder)}.`, {
    hint: 'Choose the folder that all the selected items are in.',
  });
}

function foldersOf(path: ByteString): ByteString[] {
  const folders: ByteString[] = ['/'];
  for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}
