/** The titles of a test file's tests, as they are written: of `it('…')`, `test('…')`, also of `.each`; not of skipped ones. */
import { parseSync } from '@swc/core';

/** @param code TypeScript */
export function testTitles(code: string): ReadonlySet<string> {
  const titles = new Set<string>();
  collect(parseSync(code, { syntax: 'typescript' }), titles);
  return titles;
}

function collect(node: unknown, titles: Set<string>): void {
  if (Array.isArray(node)) {
    for (const one of node) collect(one, titles);
    return;
  }
  if (!isNode(node)) return;
  if (node.type === 'CallExpression') {
    const [name = '', ...modifiers] = calleeNames(node.callee);
    const left = modifiers.some((modifier) => modifier === 'skip' || modifier === 'todo');
    if (left && ['describe', 'it', 'test'].includes(name)) return;
    const title = Array.isArray(node.arguments) ? literal(node.arguments[0]) : undefined;
    if ((name === 'it' || name === 'test') && title !== undefined) titles.add(title);
  }
  for (const child of Object.values(node)) collect(child, titles);
}

/** Of `it.skipIf(x)`: it, skipIf. */
function calleeNames(callee: unknown): string[] {
  if (!isNode(callee)) return [];
  if (callee.type === 'Identifier') return [String(callee.value)];
  if (callee.type === 'CallExpression') return calleeNames(callee.callee);
  if (callee.type === 'TaggedTemplateExpression') return calleeNames(callee.tag);
  if (callee.type !== 'MemberExpression') return [];
  const name = isNode(callee.property) ? [String(callee.property.value)] : [];
  return calleeNames(callee.object).concat(name);
}

function literal(argument: unknown): string | undefined {
  const expression = isNode(argument) ? argument.expression : undefined;
  if (!isNode(expression)) return undefined;
  if (expression.type === 'StringLiteral') return String(expression.value);
  if (expression.type !== 'TemplateLiteral' || !Array.isArray(expression.quasis)) return undefined;
  const [only, ...more] = expression.quasis;
  return more.length === 0 && isNode(only) ? String(only.cooked) : undefined;
}

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
