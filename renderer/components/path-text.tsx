import classes from './path-text.module.css';

/**
 * A name or path of a file, as text and nothing else: characters that would turn the order of text around, or that nobody sees,
 * are shown as their codes. The beginning of a long path is cut, its end stays.
 */
export function PathText({ path }: { readonly path: string }) {
  const shown = visiblePath(path);
  return (
    <span className={classes.path} title={shown} dir="auto">
      {shown}
    </span>
  );
}

/** As text for titles and labels. */
export function visiblePath(path: string): string {
  return path.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
