/** A made-up vocabulary, for the contents of text files and for names. The same on every machine. */
import { Sfc32 } from './random.ts';

const ONSETS = 'b c d f g h l m n p r s t v w st tr pr ch th sh pl gr'.split(' ');
const VOWELS = 'a e i o u a e i o e ai ou ea io'.split(' ');
const CODAS = ' n r s t l   m d ng nt rs ck'.split(' ');

/** `count` words of one to four syllables, short ones first as in a real language's table of frequencies. */
export function makeWords(count: number): readonly string[] {
  const random = new Sfc32(0x776f7264, 1);
  const from = (list: readonly string[]) => list[random.below(list.length)] ?? '';
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    const syllables = 1 + random.below(i < count / 32 ? 2 : 4);
    let word = '';
    for (let s = 0; s < syllables; s++) word += from(ONSETS) + from(VOWELS) + from(CODAS);
    words.push(word);
  }
  return words;
}
