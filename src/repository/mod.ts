/** The public surface of the repository layer. Whoever is outside of src/repository imports from here only. */
export { type BlobLocation, BlobTable, type BlobType, type SharedBlobTable } from './blob-table.ts';
export { open, seal } from './crypto.ts';
export { BatchDecryptor, type SealedBlob } from './decrypt-batch.ts';
export type { LoadIndexOptions } from './index-loader.ts';
export { IndexSaver } from './index-saver.ts';
export { addKey, changePassword, type KeyInfo, type KeyOptions, listKeys, removeKey } from './keys.ts';
export {
  type AcquireLockOptions,
  acquireLock,
  listLocks,
  type RepositoryLock,
  removeAllLocks,
  removeStaleLocks,
  type StoredLock,
  startLock,
} from './locks.ts';
export { BlobDecoder, PackReader } from './pack-reader.ts';
export { type InitOptions, initRepository, type OpenOptions, openRepository, type Repository } from './repository.ts';
export { packedBlob, RepositoryIndex } from './repository-index.ts';
export {
  groupSnapshots,
  listSnapshots,
  loadSnapshot,
  parseGroupBy,
  removeSnapshot,
  resolveSnapshot,
  type SnapshotFilter,
  type SnapshotGroup,
  type StoredSnapshot,
  saveSnapshot,
} from './snapshots.ts';
export { TreeReader, type WalkedNode, walkTree, walkUniqueTrees } from './trees.ts';
export { ZstdCompressor, zstdDecompress } from './zstd.ts';
