/** A mode as Go shows it ("drwxr-xr-x", "Lrwxrwxrwx"), which is what restic's users know (Go io/fs, FileMode.String). */

/** Letters of the bits 31 … 19. */
const letters = 'dalTLDpSugct?';
const permissions = 'rwxrwxrwx';

/** @param mode Go's FileMode */
export function modeText(mode: number): string {
  let text = '';
  for (let at = 0; at < letters.length; at++) if ((mode & (1 << (31 - at))) !== 0) text += letters[at];
  if (text === '') text = '-';
  for (let at = 0; at < 9; at++) text += (mode & (1 << (8 - at))) !== 0 ? permissions[at] : '-';
  return text;
}
