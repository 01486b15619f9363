/** One node as a line of `ls -l` and `find -l` (restic cmd/restic/format.go). */
import type { ByteString } from '../base/byte-string.ts';
import { type ListedNode, modeText } from '../repository/mod.ts';
import { sizeText, timeText } from './format-text.ts';

export interface NodeTextOptions {
  readonly long: boolean;
  readonly humanReadable: boolean;
}

/** The path alone, or with mode, owner, size, time and where a link leads. */
export function nodeText({ path, node }: ListedNode, options: NodeTextOptions): ByteString {
  if (!options.long) return path;
  const size = node.type === 'file' ? (node.size ?? 0) : 0;
  const sizeColumn = options.humanReadable ? sizeText(size) : String(size).padStart(6);
  const owner = `${String(node.uid).padStart(5)} ${String(node.gid).padStart(5)}`;
  const time = timeText(new Date(Number(node.mtimeNs / 1_000_000n)));
  const target = node.type === 'symlink' ? ` -> ${node.linktarget ?? ''}` : '';
  return `${modeText(node.mode)} ${owner} ${sizeColumn} ${time} ${path}${target}`;
}
