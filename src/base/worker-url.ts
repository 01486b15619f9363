/**
 * Where a worker thread's entry file is, unbuilt and bundled.
 *
 * Each area's entry is src/<area>/worker/entry.ts; build/bundle.mjs makes dist/<area>-worker.js of it, flat beside all
 * other bundled files.
 */

/**
 * The URL to give to `new Worker(…)`.
 *
 * @param area the folder below src/ that the entry belongs to: "backup"
 * @param moduleUrl the caller's `import.meta.url`: a .ts file below src/ when unbuilt, else a file in dist/
 */
export function workerEntry(area: string, moduleUrl: string): URL {
  if (!moduleUrl.endsWith('.ts')) return new URL(`./${area}-worker.js`, moduleUrl);
  const source = moduleUrl.slice(0, moduleUrl.lastIndexOf('/src/') + '/src/'.length);
  return new URL(`${area}/worker/entry.ts`, source);
}
