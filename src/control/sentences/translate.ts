/**
 * Sentences of the agent (messages, hints, reasons: English, with names and figures in them) in another language, by a catalogue of
 * templates. Pure.
 *
 * A catalogue's key is the English sentence as the sources write it, with {0}, {1} … for its parts. Its value is the translation, with
 * the same parts. They are data (paths, names) and stay as they are, except where the value says what they are:
 *
 *   {0:words}    a sentence or phrase of the catalogue in its turn, if it is known: "Cannot {0}: {1}"
 *   {0:known}    the same, and the template fits only if it is known
 *   {0:number}   the template fits only if it is a number
 *   {0:quoted}   the template fits only if it begins and ends with a quotation mark
 *   {0:word}     the template fits only if it has no spaces
 *   {0:capitals} the template fits only if it is of capital letters alone
 *
 * Of the templates that fit, the one wins that explains the most of the text, with its own words and with those of its parts.
 * Sentences that follow each other are looked for one by one, where all of them are known.
 *
 * Texts of others lie in between (what a database says, a name with colons in it), so that the work is bounded: what was not looked for
 * by then stays as it is.
 */
export type Catalogue = Readonly<Record<string, string>>;

/** @returns the sentence in the catalogue's language, or as it was given where no template fits */
export type Translate = (sentence: string) => string;

interface Template {
  /** What stands around the groups: one more than groups. */
  readonly texts: readonly string[];
  /** Numbers of parts; those with nothing between them are a group. */
  readonly groups: readonly (readonly number[])[];
  readonly translation: string;
  readonly kinds: ReadonlyMap<number, string>;
  /** Letters of its own. */
  readonly length: number;
  /** Fits inside of other sentences only, for it would fit too much. */
  readonly isPart: boolean;
}

interface Found {
  readonly text: string;
  /** How many characters of the English text templates explain. */
  readonly explained: number;
}

/** Longer texts are no sentences of ours. */
const longest = 1000;
const deepest = 6;
/** Letters that a template needs to be looked for as a whole sentence, unless it begins as one. */
const fewestLetters = 6;
/** Texts that are looked for in one sentence: it and its parts, wherever they may end. Sentences of ours take some hundred. */
const mostLookups = 5000;
const mostKept = 2000;

const guards: Readonly<Record<string, RegExp>> = {
  number: /^\d[\d.,]*$/,
  quoted: /^".*"$/s,
  word: /^\S+$/,
  capitals: /^[A-Z]+$/,
};

export function translator(catalogue: Catalogue): Translate {
  const exact = new Map<string, string>();
  /** By their first character; under '' those that begin with a part. */
  const templates = new Map<string, Template[]>();
  for (const [key, translation] of Object.entries(catalogue)) {
    if (!/\{\d+\}/.test(key)) {
      exact.set(key, translation);
      continue;
    }
    const template = templateOf(key, translation);
    const start = template.texts[0]?.charAt(0) ?? '';
    templates.set(start, [...(templates.get(start) ?? []), template]);
  }
  /** Of the sentence that is being translated. */
  const known = new Map<string, Found | undefined>();
  let lookups = 0;
  const kept = new Map<string, string>();

  const find = (text: string, depth: number): Found | undefined => {
    if (++lookups > mostLookups) return undefined;
    const whole = exact.get(text);
    if (whole !== undefined) return { text: whole, explained: text.length };
    if (text === '' || depth > deepest || text.length > longest) return undefined;
    const key = `${depth === 0} ${text}`;
    if (!known.has(key)) {
      known.set(key, best(text, depth) ?? trimmed(text, depth));
    }
    return known.get(key);
  };

  const best = (text: string, depth: number): Found | undefined => {
    let found: Found | undefined;
    let ownLength = 0;
    for (const start of [text.charAt(0), '']) {
      for (const template of templates.get(start) ?? []) {
        if (depth === 0 && template.isPart) continue;
        const filled = fill(template, text, (part) => find(part, depth + 1));
        if (filled === undefined) continue;
        const more = filled.explained - (found?.explained ?? 0);
        // As much: the one that says more of it itself.
        if (more < 0 || (more === 0 && template.length <= ownLength)) continue;
        found = filled;
        ownLength = template.length;
      }
    }
    for (const { 0: space, index } of text.matchAll(/(?<=[.!?])\s+(?=\S)/g)) {
      const first = find(text.slice(0, index), depth);
      const rest = first && find(text.slice(index + space.length), depth);
      if (first === undefined || rest === undefined) continue;
      const explained = first.explained + rest.explained;
      if (explained > (found?.explained ?? 0)) found = { explained, text: first.text + space + rest.text };
    }
    return found;
  };

  const trimmed = (text: string, depth: number): Found | undefined => {
    const bare = text.trim();
    const found = bare === text ? undefined : find(bare, depth);
    return found && { ...found, text: text.replace(bare, () => found.text) };
  };

  return (sentence) => {
    let translated = kept.get(sentence);
    if (translated === undefined) {
      known.clear();
      lookups = 0;
      translated = find(sentence, 0)?.text ?? sentence;
      if (kept.size >= mostKept) kept.clear();
      kept.set(sentence, translated);
    }
    return translated;
  };
}

function templateOf(key: string, translation: string): Template {
  const pieces = key.split(/\{(\d+)\}/);
  const texts = [pieces[0] ?? ''];
  const groups: number[][] = [];
  for (let at = 1; at < pieces.length; at += 2) {
    const number = Number(pieces[at]);
    const before = groups.at(-1);
    if (pieces[at - 1] === '' && before !== undefined) {
      before.push(number);
      texts.pop();
    } else groups.push([number]);
    texts.push(pieces[at + 1] ?? '');
  }
  const marks = [...translation.matchAll(/\{(\d+):(\w+)\}/g)];
  const kinds = new Map(marks.map(([, number, kind = '']) => [Number(number), kind]));
  const own = texts.join('');
  const letters = own.match(/\p{L}/gu)?.length ?? 0;
  const isSentence = /^["\p{Lu}]/u.test(key);
  const isGuarded = [...kinds.values()].some((kind) => kind !== 'words');
  return {
    texts,
    groups,
    translation,
    kinds,
    length: own.length,
    isPart: letters < fewestLetters && !isSentence && !isGuarded,
  };
}

type FindPart = (part: string) => Found | undefined;

/** The translation of a text that fits. */
function fill(template: Template, text: string, find: FindPart): Found | undefined {
  const parts = partsOf(template, text, find);
  if (parts === undefined) return undefined;
  let explained = template.length;
  const shown = new Map<number, string>();
  for (const [number, part] of parts) {
    const found = isLookedFor(template, number) ? find(part) : undefined;
    if (template.kinds.get(number) === 'known' && found === undefined) return undefined;
    explained += found?.explained ?? 0;
    shown.set(number, found?.text ?? part);
  }
  return {
    explained,
    text: template.translation.replaceAll(/\{(\d+)(:\w+)?\}/g, (_, at) => shown.get(Number(at)) ?? ''),
  };
}

function isLookedFor({ kinds }: Template, number: number): boolean {
  const kind = kinds.get(number);
  return kind === 'words' || kind === 'known';
}

/** The parts of a text by their numbers, each as short as can be; undefined if it does not fit. */
function partsOf(template: Template, text: string, find: FindPart): ReadonlyMap<number, string> | undefined {
  const { texts, groups, kinds } = template;
  const first = texts[0] ?? '';
  const last = texts.at(-1) ?? '';
  const end = text.length - last.length;
  let at = first.length;
  if (at > end || !text.startsWith(first) || !text.endsWith(last)) return undefined;
  const parts = new Map<number, string>();
  for (const [index, group] of groups.entries()) {
    const after = texts[index + 1] ?? '';
    const next = index === groups.length - 1 ? end : text.indexOf(after, at);
    if (next < 0 || next > end) return undefined;
    const explained = group.map(
      (number) => (part: string) => (isLookedFor(template, number) ? (find(part)?.explained ?? 0) : 0),
    );
    const split = splitGroup(text.slice(at, next), explained);
    for (const [nth, number] of group.entries()) {
      const part = split[nth] ?? '';
      if (guards[kinds.get(number) ?? '']?.test(part) === false) return undefined;
      parts.set(number, part);
    }
    at = next + after.length;
  }
  return parts;
}

/** Parts with nothing between them, so that the most is explained; else all is the first one's. @param explained of each part */
function splitGroup(text: string, [first, ...others]: readonly ((part: string) => number)[]): string[] {
  if (first === undefined || others.length === 0 || text === '') return [text];
  let best = { explained: 0, at: text.length };
  for (let at = text.length; at > 0; at--) {
    // Words stay whole.
    if (/^[\p{L}\p{N}]/u.test(text.slice(at, at + 2)) && /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at)))
      continue;
    const explained = first(text.slice(0, at)) + (others[0]?.(text.slice(at)) ?? 0);
    if (explained > best.explained) best = { explained, at };
  }
  return [text.slice(0, best.at), ...splitGroup(text.slice(best.at), others)];
}
