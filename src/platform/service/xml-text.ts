/** Text for XML 1.0. */
import { HoldfastError } from '../../base/errors.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** @throws `invalid-input` for what no XML can hold: control characters and halves of characters */
export function xmlText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f\x7f\ufffe\uffff]/.test(text) || !text.isWellFormed()) {
    throw new HoldfastError('invalid-input', `${JSON.stringify(text)} cannot be part of a service's definition.`, {
      hint: 'Install Holdfast in, and use, folders whose names have no control characters.',
    });
  }
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}
