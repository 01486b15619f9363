/** What a prune does, in numbers: the same that restic tells (cmd_prune.go, PruneStats). Sizes in bytes, as stored. */

export interface PruneStats {
  readonly blobs: {
    used: number;
    duplicate: number;
    unused: number;
    total: number;
    /** In packs that are packed anew. */
    repack: number;
    repackRemove: number;
    /** In packs that are removed. */
    remove: number;
    removeTotal: number;
    remaining: number;
  };
  readonly bytes: {
    used: number;
    duplicate: number;
    unused: number;
    /** Packs that no index names. */
    unreferenced: number;
    uncompressed: number;
    total: number;
    repack: number;
    repackRemove: number;
    remove: number;
    removeTotal: number;
    remaining: number;
    remainingUnused: number;
  };
  readonly packs: {
    used: number;
    unused: number;
    partlyUsed: number;
    unreferenced: number;
    total: number;
    keep: number;
    repack: number;
    remove: number;
    removeTotal: number;
    /** Named by the index, not needed, and gone. */
    missing: number;
  };
}

export function emptyStats(): PruneStats {
  return {
    blobs: {
      used: 0,
      duplicate: 0,
      unused: 0,
      total: 0,
      repack: 0,
      repackRemove: 0,
      remove: 0,
      removeTotal: 0,
      remaining: 0,
    },
    bytes: {
      used: 0,
      duplicate: 0,
      unused: 0,
      unreferenced: 0,
      uncompressed: 0,
      total: 0,
      repack: 0,
      repackRemove: 0,
      remove: 0,
      removeTotal: 0,
      remaining: 0,
      remainingUnused: 0,
    },
    packs: {
      used: 0,
      unused: 0,
      partlyUsed: 0,
      unreferenced: 0,
      total: 0,
      keep: 0,
      repack: 0,
      remove: 0,
      removeTotal: 0,
      missing: 0,
    },
  };
}

/** Fills in the sums. */
export function sumUp({ blobs, bytes, packs }: PruneStats): void {
  blobs.total = blobs.used + blobs.unused + blobs.duplicate;
  blobs.removeTotal = blobs.remove + blobs.repackRemove;
  blobs.remaining = blobs.total - blobs.removeTotal;
  bytes.total = bytes.used + bytes.duplicate + bytes.unused + bytes.unreferenced;
  bytes.removeTotal = bytes.remove + bytes.repackRemove + bytes.unreferenced;
  bytes.remaining = bytes.total - bytes.removeTotal;
  bytes.remainingUnused = bytes.duplicate + bytes.unused - bytes.remove - bytes.repackRemove;
  packs.total = packs.used + packs.partlyUsed + packs.unused + packs.unreferenced;
  packs.removeTotal = packs.unreferenced + packs.remove;
}
