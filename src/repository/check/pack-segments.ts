/** Cuts a pack into pieces that are read one after the other, so that no blob lies across a cut. Pure. */
import type { PackedBlob } from '../../format/pack-header.ts';

export interface PackSegment {
  readonly offset: number;
  readonly length: number;
  /** They lie whole within it and do not overlap. */
  readonly blobs: readonly PackedBlob[];
}

export interface PackSegments {
  /** Together the whole pack, without gaps. Longer than `maxBytes` only where one blob is. */
  readonly segments: readonly PackSegment[];
  /** Blobs that overlap others (the index is wrong about them): to be read by themselves. */
  readonly apart: readonly PackedBlob[];
  /** Blobs that reach beyond the pack's end. */
  readonly outside: readonly PackedBlob[];
}

/** About the size that keeps both disk and processor busy. */
const defaultTargetBytes = 2 * 1024 * 1024;

/** @param blobs by offset */
export function packSegments(
  blobs: readonly PackedBlob[],
  sizeBytes: number,
  limits: { readonly maxBytes: number; readonly targetBytes?: number },
): PackSegments {
  const targetBytes = limits.targetBytes ?? Math.min(defaultTargetBytes, limits.maxBytes);
  const segments: PackSegment[] = [];
  const apart: PackedBlob[] = [];
  const outside: PackedBlob[] = [];
  let start = 0;
  let end = 0;
  let inside: PackedBlob[] = [];
  const cut = (): void => {
    if (end > start) segments.push({ offset: start, length: end - start, blobs: inside });
    start = end;
    inside = [];
  };
  /** Bytes of no blob. */
  const skipTo = (target: number): void => {
    while (end < target) {
      if (end - start >= targetBytes) cut();
      end = Math.min(target, start + targetBytes);
    }
  };
  for (const blob of blobs) {
    const blobEnd = blob.offset + blob.length;
    if (blobEnd > sizeBytes) outside.push(blob);
    else if (blob.offset < end) apart.push(blob);
    else {
      skipTo(blob.offset);
      if (blobEnd - start > targetBytes) cut();
      inside.push(blob);
      end = blobEnd;
    }
  }
  skipTo(sizeBytes);
  cut();
  return { segments, apart, outside };
}
