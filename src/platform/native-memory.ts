/**
 * Keeps the memory of a process small that runs for months and works now and then.
 *
 * glibc keeps what is freed, and serves ever larger blocks from its heap once one of that size was freed: after a backup tens of
 * megabytes stay with an idle process. With fixed limits large blocks go back to the system at once (mallopt(3)). Other C
 * libraries are left as they are.
 */
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bindMalloc, type Malloc } from './libc.ts';

/** malloc.h of glibc. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;

let malloc: Malloc | undefined;

/** To be called early: what was allocated before stays as it is. */
export function keepNativeMemorySmall(): void {
  malloc = loadMalloc();
  malloc?.setOption(M_MMAP_THRESHOLD, 64 * 1024);
  malloc?.setOption(M_TRIM_THRESHOLD, 128 * 1024);
  malloc?.setOption(M_ARENA_MAX, 2);
}

/** V8 frees buffers on threads of its own, some time after it has collected what held them. */
const freedAfterMs = 1000;

/** Collects garbage, and gives back what is free: some 50 ms in which nothing else is done, and some more a second later. */
export function releaseMemory(): void {
  // V8 has no other way to be asked; the flag only adds a function.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  setTimeout(() => malloc?.trim(0), freedAfterMs).unref();
}

function loadMalloc(): Malloc | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return bindMalloc(createRequire(import.meta.url)('koffi'));
  } catch {
    return undefined; // no koffi, or another C library
  }
}
