/**
 * A dump of MySQL without its events, for a proof: the server would run them beside those that are there. Strings of rows have no
 * line breaks, so that the mark begins a line of statements only.
 */
const eventStart = '\n/*!50106 CREATE*/';
const eventEnd = '*/ ;;\n';

export async function* withoutEvents(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  let isInEvent = false;
  for await (const chunk of content) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    for (;;) {
      const mark = isInEvent ? eventEnd : eventStart;
      const found = held.indexOf(mark);
      // The rest may hold the beginning of a mark.
      const end = found === -1 ? Math.max(0, held.length - mark.length + 1) : found + (isInEvent ? mark.length : 1);
      if (!isInEvent && end > 0) yield held.subarray(0, end);
      held = held.subarray(end);
      if (found === -1) break;
      isInEvent = !isInEvent;
    }
  }
  if (!isInEvent) yield held;
}
