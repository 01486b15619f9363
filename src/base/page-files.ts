/** Which file of the window's folder a URL path means, and how it is sent: for our servers, and for the window's own scheme. */

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** By the ending of a file's name or path. */
export function pageMediaType(path: string): string {
  return mediaTypes[endingOf(path)] ?? 'application/octet-stream';
}

/** The bundler puts a hash of the content into the names of assets; all else is asked for anew. */
export function pageCacheControl(urlPath: string): string {
  return urlPath.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache';
}

/** A path without an ending is a screen of the window, not a file: `index.html` finds the screen by the path. */
export function isScreenPath(urlPath: string): boolean {
  return endingOf(urlPath) === '' || urlPath === '/index.html';
}

/** The names in a path, each decoded once; undefined when one of them is not a plain, visible name. */
export function pageFileNames(urlPath: string): readonly string[] | undefined {
  try {
    const names = urlPath
      .split('/')
      .filter((name) => name !== '')
      .map(decodeURIComponent);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    return names.every((name) => !name.startsWith('.') && !/[/\\:\u0000-\u001f]/.test(name)) ? names : undefined;
  } catch {
    return undefined;
  }
}

/** With its dot; "" when there is none, or the name only begins with one. */
function endingOf(path: string): string {
  return /[^/]+?(\.[^./]*)\/*$/.exec(path)?.[1] ?? '';
}
