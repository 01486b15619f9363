/**
 * The files of one folder as pages: the bundle of the window. What is no file falls back to `index.html`, whose script
 * finds the screen by the path. Until the folder is there, a page says how to build it.
 *
 * Guarantees: nothing outside the folder is sent, whatever the path says and whatever links are in it; no hidden files.
 */
import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { systemCode } from '../base/errors.ts';
import { isScreenPath, pageCacheControl, pageFileNames, pageMediaType } from '../base/page-files.ts';
import { pageHeaders } from '../base/security-headers.ts';
import { errorBody, noSuchRoute } from './error-answer.ts';
import { pathOf } from './guard.ts';
import { plainPage } from './plain-page.ts';

/** Serves the folder at `/`; the routes of the API, added before or after, go first. */
export function addStaticFiles(server: FastifyInstance, folder: string): void {
  server.get('/*', async (request, reply) => {
    const path = pathOf(request.raw);
    if (path.startsWith('/api/')) return sendMissing(request, reply);
    const file =
      (await openInside(folder, path)) ?? (isScreenPath(path) ? await openInside(folder, '/index.html') : undefined);
    if (file !== undefined) {
      return reply
        .headers(pageHeaders)
        .header('cache-control', pageCacheControl(path))
        .header('content-length', file.sizeBytes)
        .type(pageMediaType(file.path))
        .send(file.stream());
    }
    if (!isScreenPath(path)) return sendMissing(request, reply);
    const page = plainPage("The window isn't built yet.", 'Run "npm run build", then load this page again.');
    return reply.code(503).headers(pageHeaders).type('text/html; charset=utf-8').send(page);
  });
}

function sendMissing(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body = errorBody(noSuchRoute(request.method, pathOf(request.raw)));
  return reply.code(404).type('application/json').send(body);
}

/** An open file of the folder, or undefined when the path names none. */
async function openInside(folder: string, urlPath: string) {
  const names = pageFileNames(urlPath);
  if (names === undefined) return undefined;
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, ...names));
    if (!path.startsWith(root + sep)) return undefined;
    const handle = await open(path);
    const stat = await handle.stat();
    if (stat.isFile()) return { path, sizeBytes: stat.size, stream: () => handle.createReadStream() };
    await handle.close();
    return undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EISDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}
