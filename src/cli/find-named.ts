/** Plans and repositories, as users name them: by id, by name, or by how either begins. */
import { HoldfastError } from '../base/errors.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** What is looked for, in the words of a message. */
export interface Kind {
  /** "plan". */
  readonly noun: string;
  /** The verb that lists them. */
  readonly list: string;
}

export const planKind: Kind = { noun: 'plan', list: 'plan list' };
export const repositoryKind: Kind = { noun: 'repository', list: 'repository list' };

/**
 * The one that `text` names: an id goes before a name, a whole one before the start of one; letter case counts only where it
 * tells two apart.
 *
 * @throws `not-found`, or `invalid-input` when it names several
 */
export function findNamed<T extends Named>(items: readonly T[], text: string, { noun, list }: Kind): T {
  const lower = text.toLowerCase();
  const starts = ({ id, name }: T): boolean => id.startsWith(lower) || name.toLowerCase().startsWith(lower);
  const ways: readonly ((item: T) => boolean)[] = [
    ({ id }) => id === text,
    ({ name }) => name === text,
    ({ name }) => name.toLowerCase() === lower,
    ...(text === '' ? [] : [starts]),
  ];
  for (const way of ways) {
    const found = items.filter(way);
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      throw new HoldfastError('invalid-input', `"${text}" may be ${found.map(titleOf).join(' or ')}.`, {
        hint: 'Give more of the name, or the id.',
      });
    }
  }
  throw new HoldfastError('not-found', `There is no ${noun} "${text}".`, {
    hint: `holdfast ${list} shows what there is.`,
  });
}

function titleOf({ id, name }: Named): string {
  return `"${name}" (${id})`;
}
