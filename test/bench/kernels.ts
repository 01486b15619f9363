/**
 * Prints the speed of each kernel in MB/s (10^6 bytes): the best of many short rounds, so that a busy machine shows it too.
 * Run: node test/bench/kernels.ts
 */
import { createCipheriv } from 'node:crypto';
import { type Kernels, loadKernels } from '../../src/kernels/kernels.ts';

const dataBytes = 16 * 1024 * 1024;
const shortBytes = 1024 * 1024;
const maxChunkBytes = 8 * 1024 * 1024;
const rounds = 80;

const builds = ['relaxed', 'fallback'] as const;
for (const build of builds) {
  const kernels = loadKernels({ memoryBytes: dataBytes + 1024 * 1024, build });
  const key = kernels.alloc(32);
  const tag = kernels.alloc(16);
  const data = kernels.alloc(dataBytes);
  kernels.setPolynomial(0x3da3358b4dc173n);
  kernels.u8.set(
    createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16)).update(Buffer.alloc(dataBytes)),
    data,
  );
  kernels.u8.fill(7, key, key + 32);

  report(build, 'chunker, random data, whole chunks', dataBytes, () => cutAll(kernels, data));
  report(build, 'chunker, no minimum', (dataBytes / maxChunkBytes) * (maxChunkBytes - 512 * 1024), () => {
    for (let at = 0; at < dataBytes; at += maxChunkBytes) searchAll(kernels, data + at);
  });
  for (const size of [64, 256, 4096, shortBytes]) {
    report(build, `poly1305, messages of ${size}`, shortBytes, () => {
      for (let at = 0; at < shortBytes; at += size) kernels.poly1305(key, data + at, size, tag);
    });
  }
  report(build, 'ctrCounters', shortBytes, () => kernels.ctrCounters(data, key, shortBytes / 16));
  report(build, 'xorInto', shortBytes, () => kernels.xorInto(data, data + shortBytes, shortBytes));
}

function cutAll(kernels: Kernels, data: number): void {
  for (let at = 0; at < dataBytes; ) {
    const cut = kernels.nextCut(data + at, dataBytes - at, 0);
    if (cut === 0) return;
    at += cut;
  }
}

/** Searches every byte of 8 MiB (but the first 512 KiB) by going on after each cut. */
function searchAll(kernels: Kernels, data: number): void {
  for (let scanned = 0; scanned < maxChunkBytes; ) scanned = kernels.nextCut(data, maxChunkBytes, scanned);
}

function report(build: string, name: string, bytes: number, run: () => unknown): void {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    run();
    bestMs = Math.min(bestMs, performance.now() - start);
  }
  console.log(`${build.padEnd(9)} ${name.padEnd(36)} ${(bytes / 1000 / bestMs).toFixed(0).padStart(6)} MB/s`);
}
