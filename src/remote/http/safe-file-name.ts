/** Names of files that come from a server, made fit to be a name in a folder here, on every system. */

const longestBytes = 200;
/** Names that Windows keeps for devices, with any extension. */
const reserved = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/**
 * One name: no separators, control or format characters, none that Windows refuses, no dot first or last, no reserved name, at most
 * 200 bytes of UTF-8 (its extension is kept). What is not allowed becomes "_"; a name of nothing becomes `otherwise`.
 */
export function safeFileName(name: string, otherwise = 'backup'): string {
  const clean = name
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}/\\:*?"<>|\ufffd]/gu, '_')
    .replace(/^[\s.]+/u, '');
  const short = trimEnd(shortened(trimEnd(clean)));
  if (/^_*$/.test(short)) return otherwise;
  return reserved.test(short) ? `_${short}` : short;
}

function trimEnd(name: string): string {
  return name.replace(/[\s.]+$/u, '');
}

/** Cut before its extension, never within a character. One byte is left for the "_" before a reserved name. */
function shortened(name: string): string {
  const extension = /(\.[A-Za-z0-9]{1,10}){1,2}$/.exec(name)?.[0] ?? '';
  const left = longestBytes - 1 - extension.length;
  const stem = name.slice(0, name.length - extension.length);
  if (Buffer.byteLength(stem) <= left) return name;
  // A decoder that streams leaves out a character that is not whole.
  return new TextDecoder().decode(Buffer.from(stem).subarray(0, left), { stream: true }) + extension;
}
