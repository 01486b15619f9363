/** The text of an event stream, taken apart (WHATWG HTML, 9.2.6 "Interpreting an event stream"). Safe in a browser. */

export interface EventFrame {
  /** The last id that the stream named; "" before any. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/** No event of ours comes near; whatever goes on without an end of line is no event stream. */
const longestLine = 16 * 1024 * 1024;

/** Feed it the text as it comes, cut anywhere; it gives the events that are complete. */
export class EventParser {
  #rest = '';
  #id = '';
  #type = '';
  #data: string[] = [];

  /** Throws a RangeError when a line has no end. */
  push(text: string): readonly EventFrame[] {
    const frames: EventFrame[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > longestLine) throw new RangeError('A line of the event stream does not end.');
    for (const line of lines) {
      if (line !== '') {
        this.#field(line);
        continue;
      }
      if (this.#data.length > 0) {
        frames.push({ id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') });
      }
      this.#type = '';
      this.#data = [];
    }
    return frames;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }
}
