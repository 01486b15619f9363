/** The built window's files, from its folder: as the agent serves them to a browser (http/static-files.ts). */
import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { systemCode } from '../../src/base/errors.ts';
import { isScreenPath, pageCacheControl, pageFileNames, pageMediaType } from '../../src/base/page-files.ts';
import { pageHeaders } from '../../src/base/security-headers.ts';

const missing = "<!doctype html><title>Holdfast</title><p>The window isn't built. Run <code>npm run build</code>.</p>";

/** Nothing outside the folder is sent, whatever the path says and whatever links are in it. */
export async function servePage(folder: string, path: string): Promise<Response> {
  const found = (await read(folder, path)) ?? (isScreenPath(path) ? await read(folder, '/index.html') : undefined);
  if (found !== undefined) {
    const headers = { 'content-type': pageMediaType(found.path), 'cache-control': pageCacheControl(path) };
    return new Response(found.bytes, { headers: { ...pageHeaders, ...headers } });
  }
  const headers = { ...pageHeaders, 'content-type': 'text/html; charset=utf-8' };
  return isScreenPath(path)
    ? new Response(missing, { status: 503, headers })
    : new Response(null, { status: 404, headers });
}

async function read(folder: string, urlPath: string) {
  const names = pageFileNames(urlPath);
  if (names === undefined) return undefined;
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, ...names));
    return path.startsWith(root + sep) ? { path, bytes: await readFile(path) } : undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EISDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}
