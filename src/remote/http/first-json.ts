/** The first of several JSON objects or arrays that stand one after the other in a text. */

/** The text up to the end of the first value; the whole text where that has no end, or is no object or array. */
export function firstJson(text: string): string {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isString) {
      if (char === '\\') at++;
      else if (char === '"') isString = false;
    } else if (char === '"') isString = true;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth <= 0) return text.slice(0, at + 1);
  }
  return text;
}
