/** What tells apart the contents of files, and of other items, in few characters. */
import { createHash } from 'node:crypto';
import type { Node } from '../../format/tree.ts';

/** The content: a single blob's id, or a hash of all. What has no content is all alike, as in restic. */
export function contentKey({ content }: Node): string {
  if (content === null || content.length === 0) return '';
  if (content.length === 1) return content[0]!;
  const hash = createHash('sha256');
  for (const id of content) hash.update(id);
  return `+${hash.digest('base64')}`;
}

/** Two items with the same one are of one kind and hold the same: a file's content, a folder's tree, a link's target. */
export function itemKey(node: Node): string {
  if (node.type === 'dir') return `dir ${node.subtree ?? ''}`;
  if (node.type === 'symlink') return `symlink ${node.linktarget ?? ''}`;
  return `${node.type} ${contentKey(node)}`;
}
