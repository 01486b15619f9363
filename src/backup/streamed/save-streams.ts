/**
 * Reads the streamed entries of a backup, one after the other, and stores their content.
 *
 * Nothing of an entry is read before its path was found to be a good one. Whatever an entry stream or a content throws fails
 * the backup: a part is never taken for the whole.
 */

import type { StreamedSources } from '../backup-options.ts';
import type { TargetNode } from '../targets.ts';
import type { WalkTally } from '../walk-tally.ts';
import type { WorkerPool } from '../worker/pool.ts';
import type { AddedBlobs } from '../worker/protocol.ts';
import { StreamFeed } from './stream-feed.ts';
import { type StreamedNode, StreamedTree } from './streamed-tree.ts';

export interface SaveStreamsOptions {
  readonly streamed: StreamedSources;
  /** What the entries must not collide with. */
  readonly targets: TargetNode;
  readonly pool: WorkerPool;
  readonly tally: WalkTally;
  readonly signal: AbortSignal;
}

/** @throws `invalid-input` for entries that cannot be; what the streams throw; the signal's reason; what workers fail by */
export async function saveStreams(
  options: SaveStreamsOptions,
): Promise<{ readonly root: StreamedNode; readonly added: AddedBlobs }> {
  const { streamed, targets, pool, tally, signal } = options;
  const tree = new StreamedTree(targets);
  using feed = new StreamFeed({ pool, signal });
  for await (const entry of feed.each(streamed.entries)) {
    tally.currentPath = entry.path;
    const { content } = tree.add(entry);
    if (content === undefined) continue;
    if (entry.content !== undefined) {
      for await (const bytes of feed.each(entry.content)) await feed.add(bytes, content);
    }
    await feed.end(content);
    tally.filesDone += 1;
  }
  await feed.finish();
  return { root: tree.root, added: feed.added };
}
