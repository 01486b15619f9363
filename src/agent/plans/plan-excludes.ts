/** A plan's excludes as the engine takes them. */
import { type ByteString, fromUtf8 } from '../../base/byte-string.ts';
import type { Excludes } from '../../config/plan.ts';
import { compileExcludes, type ExcludeOptions, type Selector } from '../../source/mod.ts';

/** Makes the rules of what is left out, for the sources' absolute paths. @throws `invalid-input` naming the bad pattern */
export function selectorOf(
  excludes: Excludes,
  warn?: (message: string) => void,
): (roots: readonly ByteString[]) => Selector {
  const { patterns, presets, largerThanBytes, nobackupMarker, caches, honourGitignoreFiles, oneFileSystem } = excludes;
  const options: Omit<ExcludeOptions, 'roots'> = {
    patterns: patterns.map(fromUtf8),
    presets,
    nobackupMarker,
    caches,
    honourGitignoreFiles,
    oneFileSystem,
    ...(largerThanBytes === undefined ? {} : { largerThanBytes }),
    ...(warn === undefined ? {} : { warn }),
  };
  return (roots) => compileExcludes({ ...options, roots });
}
