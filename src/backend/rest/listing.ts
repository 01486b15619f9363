/**
 * A listing of the REST protocol, parsed while it comes: `["name", …]` (version 1) or `[{"name": …, "size": …}, …]` (version 2).
 *
 * A listing that is cut, or is none, is an error, never a shorter listing.
 */

/** `sizeBytes` is missing in version 1. */
export interface Listed {
  readonly name: string;
  readonly sizeBytes?: number;
}

/** Longer than any entry. */
const longestEntry = 64 * 1024;

/** @throws SyntaxError for what is no listing */
export async function* parseListing(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Listed[], void> {
  const elements = new ArrayElements();
  const decoder = new TextDecoder('utf-8', { fatal: false });
  for await (const chunk of chunks) {
    const texts = elements.push(decoder.decode(chunk, { stream: true }));
    if (texts.length > 0) yield texts.map(listedOf);
  }
  elements.end();
}

function listedOf(text: string): Listed {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'string') return { name: value };
  if (typeof value === 'object' && value !== null && 'name' in value && 'size' in value) {
    const { name, size } = value;
    if (typeof name === 'string' && typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) {
      return { name, sizeBytes: size };
    }
  }
  throw new SyntaxError(`${text.slice(0, 100)} is no entry of a listing`);
}

/** Splits the text of a JSON array into the texts of its elements, as it comes. */
class ArrayElements {
  /** What is not yet a whole element. */
  #rest = '';
  /** Where in `#rest` the search goes on. */
  #at = 0;
  #depth = 0;
  #isInString = false;
  #state: 'before' | 'inside' | 'after' = 'before';
  #count = 0;

  push(text: string): string[] {
    this.#rest += text;
    const found: string[] = [];
    let start = 0;
    const all = this.#rest;
    let at = this.#at;
    for (; at < all.length; at++) {
      const char = all[at];
      if (this.#isInString) {
        const next = nextOf(all, at);
        if (next === undefined) {
          at = all.length;
          break;
        }
        if (all[next] === '\\') {
          if (next + 1 >= all.length) {
            at = next;
            break;
          }
          at = next + 1;
        } else {
          at = next;
          this.#isInString = false;
        }
      } else if (this.#state !== 'inside') {
        if (this.#state === 'before' && char === '[') {
          this.#state = 'inside';
          start = at + 1;
        } else if (char?.trim() !== '') throw new SyntaxError('this is no list');
      } else if (char === '"') this.#isInString = true;
      else if (char === '{' || char === '[') this.#depth++;
      else if (this.#depth > 0) {
        if (char === '}' || char === ']') this.#depth--;
      } else if (char === ',' || char === ']') {
        const element = all.slice(start, at).trim();
        const isEmptyList = char === ']' && this.#count === 0 && element === '';
        if (!isEmptyList) found.push(element);
        this.#count++;
        start = at + 1;
        if (char === ']') this.#state = 'after';
      }
    }
    this.#rest = all.slice(start);
    this.#at = at - start;
    if (this.#rest.length > longestEntry) throw new SyntaxError('an entry of the list is too long');
    return found;
  }

  end(): void {
    if (this.#state !== 'after') throw new SyntaxError('the list is cut off');
  }
}

/** Where the next quote or backslash is. */
function nextOf(text: string, from: number): number | undefined {
  const found = /["\\]/g;
  found.lastIndex = from;
  return found.exec(text)?.index;
}
