/** A batch of files as its worker holds it: what to do with each, and where each blob goes. */
import type { ByteString } from '../../base/byte-string.ts';
import type { HoldfastError } from '../../base/errors.ts';
import type { Xattr } from '../../format/tree.ts';
import type { BlobTable } from '../../repository/mod.ts';
import { temporaryPathOf } from '../names.ts';
import type { ItemAttributes } from '../node-attributes.ts';
import { type FilesRequest, fileOutcome, fileWork, numbersPerFile, timesPerFile } from './protocol.ts';

const noXattrs: readonly Xattr[] = [];

export interface BatchFile {
  readonly index: number;
  readonly path: ByteString;
  readonly attributes: ItemAttributes;
  /** Its blobs in `entries` and `positions` of the batch: from first, up to end. */
  readonly first: number;
  readonly end: number;
  readonly size: number;
  /** See `fileWork`; `update` becomes `beside` when the file turns out to differ. */
  work: number;
  outcome: number;
  /** Where it is written to. */
  writePath: ByteString;
  /** Open for writing, or −1. */
  fd: number;
  /** Whether this run made `writePath`, so that it may be removed. */
  made: boolean;
  /** Up to where it was written. */
  written: number;
  /** Blobs that are not yet written. */
  open: number;
  /** Why it failed; or, of one that did not, which attribute could not be set. */
  problem: HoldfastError | undefined;
}

export class FileBatch {
  readonly files: readonly BatchFile[];
  readonly entries: Uint32Array;
  /** Where in its file each blob goes. */
  readonly positions: Float64Array;

  constructor(request: FilesRequest, table: BlobTable) {
    const { numbers, times, entries } = request;
    this.entries = entries;
    this.positions = new Float64Array(entries.length);
    const rare = new Map(request.rare.map((attributes) => [attributes.index, attributes]));
    let first = 0;
    this.files = request.paths.split('\0').map((path, index) => {
      const at = index * numbersPerFile;
      const work = numbers[at]!;
      const end = first + numbers[at + 1]!;
      let size = 0;
      for (let blob = first; blob < end; blob++) {
        this.positions[blob] = size;
        size += table.plainLength(entries[blob]!);
      }
      const odd = rare.get(index);
      const file: BatchFile = {
        index,
        path,
        attributes: {
          mode: numbers[at + 2]!,
          uid: numbers[at + 3]!,
          gid: numbers[at + 4]!,
          atimeNs: odd?.atimeNs ?? times[index * timesPerFile]!,
          mtimeNs: odd?.mtimeNs ?? times[index * timesPerFile + 1]!,
          xattrs: odd?.xattrs ?? noXattrs,
        },
        first,
        end,
        size,
        work,
        outcome: fileOutcome.failed,
        writePath: work === fileWork.create ? path : temporaryPathOf(path),
        fd: -1,
        made: false,
        written: 0,
        open: end - first,
        problem: undefined,
      };
      first = end;
      return file;
    });
  }

  /** For these files: entry → the places that it goes to. */
  destinations(files: readonly BatchFile[]): Map<number, Destination[]> {
    const found = new Map<number, Destination[]>();
    for (const file of files) {
      for (let blob = file.first; blob < file.end; blob++) {
        const destination = { file, position: this.positions[blob]! };
        const places = found.get(this.entries[blob]!);
        if (places === undefined) found.set(this.entries[blob]!, [destination]);
        else places.push(destination);
      }
    }
    return found;
  }
}

export interface Destination {
  readonly file: BatchFile;
  readonly position: number;
}
