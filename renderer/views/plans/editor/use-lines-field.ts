/** A text area that stands for a list: a line each. Empty lines may stand while somebody types. */
import { type ChangeEvent, useState } from 'react';

export function useLinesField(lines: readonly string[], onLines: (lines: string[]) => void) {
  const [text, setText] = useState(lines.join('\n'));
  // The list may be changed from outside: changes discarded.
  const isSame = toLines(text).join('\n') === lines.join('\n');
  return {
    value: isSame ? text : lines.join('\n'),
    onChange: (event: ChangeEvent<HTMLTextAreaElement>) => {
      setText(event.currentTarget.value);
      onLines(toLines(event.currentTarget.value));
    },
  };
}

function toLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
