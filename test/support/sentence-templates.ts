/**
 * The sentences of the sources that the window may show, as templates: `Cannot write ${path}` is "Cannot write {0}".
 *
 * What it sees: every string and template literal of the folders that `shown` names which looks like words (two of them, or one
 * beside an interpolated part), wherever it stands: given to an error, a hint, a notice, a table of hints, or returned by a helper.
 * Literals that are joined by `+`, and those of a choice (`a ? 'x' : 'y'`) inside of a template, are put together to whole sentences
 * (up to 24 of one expression; beyond that, and for choices with a part that is no literal, the choice is a placeholder).
 *
 * What it does not see: sentences of one word, what packages and the system say, and sentences that are put together from variables.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

/** What a file says: `words` need a translation, `all` may have one. */
export interface Templates {
  readonly words: ReadonlySet<string>;
  readonly all: ReadonlySet<string>;
}

/** A template in pieces; null is a placeholder. */
type Pieces = readonly (string | null)[];
type Node = Readonly<Record<string, unknown>>;

const mostVariants = 24;
const placeholder: readonly Pieces[] = [[null]];

/**
 * @param files of TypeScript or JavaScript, below `folder`
 * @param skips whether what stands there is not for the window: as the argument of a call of that name, or the value of a property
 */
export function sentenceTemplates(
  folder: string,
  files: readonly string[],
  skips: { readonly calls: ReadonlySet<string>; readonly properties: ReadonlySet<string> },
): Templates {
  const all = new Set<string>();

  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const one of node) visit(one);
      return;
    }
    if (!isNode(node) || isSkipped(node)) return;
    if (isText(node)) {
      for (const pieces of variants(node)) if (pieces.some((piece) => piece !== null)) all.add(textOf(pieces));
      visitPlaceholders(node);
      return;
    }
    for (const [key, child] of Object.entries(node)) if (key !== 'span') visit(child);
  };

  /** What stands inside of a template's placeholders, for it is not part of the template's own text. */
  const visitPlaceholders = (node: unknown): void => {
    if (!isNode(node)) return;
    if (node.type === 'StringLiteral' || node.type === 'NumericLiteral') return;
    if (wrappers.has(String(node.type))) visitPlaceholders(node.expression);
    else if (node.type === 'TemplateLiteral') {
      for (const expression of nodes(node.expressions)) {
        const isChoice = expression.type === 'ConditionalExpression';
        if (isChoice && isOpen(variants(expression))) visit(expression);
        else visitPlaceholders(expression);
      }
    } else if (node.type === 'ConditionalExpression') {
      visit(node.test);
      visitPlaceholders(node.consequent);
      visitPlaceholders(node.alternate);
    } else if (isSum(node)) {
      visitPlaceholders(node.left);
      visitPlaceholders(node.right);
    } else visit(node);
  };

  const isSkipped = (node: Node): boolean => {
    const type = String(node.type ?? '');
    if (/^(Import|ExportAll|ExportNamed)Declaration$/.test(type) || type === 'TaggedTemplateExpression') return true;
    if (type === 'CallExpression' || type === 'NewExpression') return skips.calls.has(nameOf(node.callee));
    if (type === 'KeyValueProperty') return skips.properties.has(nameOf(node.key));
    return type.startsWith('Ts') && !wrappers.has(type) && type !== 'TsParameterProperty';
  };

  for (const file of files) visit(parseSync(readFileSync(join(folder, file), 'utf8'), { syntax: 'typescript' }));
  return { all, words: new Set([...all].filter(isWords)) };
}

/** The files below a folder of the sources: "agent/main.ts". @param left prefixes of those to leave out */
export function filesBelow(folder: string, left: readonly string[]): string[] {
  return globSync('**/*.ts', { cwd: folder })
    .filter((file) => !left.some((prefix) => file.startsWith(prefix)))
    .sort();
}

const wrappers = new Set([
  'ParenthesisExpression',
  'TsAsExpression',
  'TsSatisfiesExpression',
  'TsConstAssertion',
  'TsNonNullExpression',
]);

function isWords(template: string): boolean {
  const bare = template.replaceAll(/\{\d+\}/g, '');
  const words = bare.match(/\p{L}{2,}/gu) ?? [];
  if (!/\s/.test(template) || words.length < (bare === template ? 2 : 1)) return false;
  return !isCode.test(template);
}

/** Markup, scripts, SQL, types of media. */
const isCode =
  /[<\n$]|^(SELECT|SHOW|CREATE|DROP|FUNCTION|PRAGMA|SET|HTTP\/1\.1)\b|^[a-z-]+\/[\w.+-]+;|^-- |^[\w-]+: [\w-]+(;|$)/;

function isText(node: Node): boolean {
  return node.type === 'StringLiteral' || node.type === 'TemplateLiteral' || isSum(node);
}

function isSum(node: Node): boolean {
  return node.type === 'BinaryExpression' && node.operator === '+';
}

function variants(node: unknown): readonly Pieces[] {
  if (!isNode(node)) return placeholder;
  if (node.type === 'StringLiteral' || node.type === 'NumericLiteral') return [[String(node.value)]];
  if (wrappers.has(String(node.type))) return variants(node.expression);
  if (node.type === 'ConditionalExpression') return [...variants(node.consequent), ...variants(node.alternate)];
  if (isSum(node)) return product([variants(node.left), variants(node.right)]);
  if (node.type !== 'TemplateLiteral') return placeholder;
  const texts = nodes(node.quasis).map((quasi): readonly Pieces[] => [[String(quasi.cooked)]]);
  const between = nodes(node.expressions).map((expression) => {
    const found = variants(expression);
    return isOpen(found) ? placeholder : found;
  });
  return product(texts.flatMap((text, index) => [text, ...between.slice(index, index + 1)]));
}

/** Whether one of them may be anything. */
function isOpen(found: readonly Pieces[]): boolean {
  return found.some((pieces) => pieces.every((piece) => piece === null));
}

function product(parts: readonly (readonly Pieces[])[]): readonly Pieces[] {
  let all: readonly Pieces[] = [[]];
  for (const part of parts) {
    const used = all.length * part.length > mostVariants ? placeholder : part;
    all = all.flatMap((before) => used.map((one) => [...before, ...one]));
  }
  return all;
}

function textOf(pieces: Pieces): string {
  let number = 0;
  return pieces.map((piece) => piece ?? `{${number++}}`).join('');
}

/** Of `fail` and `job.fail`: fail. */
function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  return node.type === 'MemberExpression' ? nameOf(node.property) : String(node.value ?? '');
}

function nodes(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
