/** Paths in snapshots: absolute, `/`-separated; the drive of Windows is their first folder. Pure. */

export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folders on the way to a path, the root first; each with its path. */
export function stepsOf(path: string): { readonly name: string; readonly path: string }[] {
  const names = path.split('/').filter(Boolean);
  return names.map((name, at) => ({ name, path: `/${names.slice(0, at + 1).join('/')}` }));
}

/** The deepest folder that all of these lie in. */
export function commonFolder(paths: readonly string[]): string {
  const [first = '/', ...others] = paths.map(parentOf);
  let names = first.split('/').filter(Boolean);
  for (const other of others) {
    const theirs = other.split('/').filter(Boolean);
    const differs = names.findIndex((name, at) => theirs[at] !== name);
    if (differs !== -1) names = names.slice(0, differs);
  }
  return `/${names.join('/')}`;
}

/** Where somebody who opens a backup begins: what was backed up, not the root that it lies deep below. */
export function startOf(sources: readonly string[]): string {
  const inSnapshot = sources.map((source) => {
    const drive = /^([A-Za-z]):[\\/]*(.*)$/.exec(source);
    return drive === null ? source : `/${drive[1]}/${drive[2]?.replaceAll('\\', '/')}`;
  });
  const absolute = inSnapshot.filter((path) => path.startsWith('/'));
  if (absolute.length === 1) return absolute[0]!.replace(/(?<=.)\/+$/, '');
  return commonFolder(absolute);
}
