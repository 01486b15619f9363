/** `Include` of ssh_config(5): the text of the files it names, in its place. */
import { globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';

/** As deep as OpenSSH goes (readconf.c, READCONF_MAX_DEPTH). */
const deepest = 16;

/**
 * The text of a configuration with all that it includes; what cannot be read is left out. Relative names are below the folder of the
 * outermost file. After an included file the section goes on that it was included in. What `Match` holds is not included: whether it counts
 * is not known here.
 */
export function withIncludes(path: string): string {
  const folder = dirname(path);
  const expand = (file: string, depth: number): string => {
    const lines: string[] = [];
    let section = 'Host *';
    for (const line of linesOf(file)) {
      const [keyword = '', words] = divided(line);
      if (keyword === 'host' || keyword === 'match') section = line;
      if (keyword !== 'include') lines.push(line);
      else if (depth < deepest && !/^\s*match/i.test(section)) {
        for (const included of words.flatMap((word) => filesOf(word, folder))) {
          lines.push(expand(included, depth + 1), section);
        }
      }
    }
    return lines.join('\n');
  };
  return expand(path, 0);
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** The keyword, in small letters, and its words; quotation marks keep spaces. */
function divided(line: string): [string | undefined, string[]] {
  const [, keyword, rest = ''] = /^\s*([a-z]+)(?:\s*=\s*|\s+)(.*)$/i.exec(line) ?? [];
  const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
  return [keyword?.toLowerCase(), words];
}

/** In the order of their names. */
function filesOf(pattern: string, folder: string): string[] {
  return globSync(resolve(folder, pattern.replace(/^~(?=\/)/, homedir()))).sort();
}
