/** What the agent found wrong with fields, told to the fields. */
import { createContext, useContext } from 'react';
import type { HoldfastError } from '../../../../src/control/errors.ts';
import { useSentence } from '../../../i18n/use-sentence.ts';

type Issues = HoldfastError['fields'];

const FieldErrorsContext = createContext<Issues>([]);

export const FieldErrors = FieldErrorsContext.Provider;

/** What is wrong at a path ("sources", "hooks.before.0") or below it, in the window's language; undefined where nothing is. */
export function useFieldError(): (path: string) => string | undefined {
  const issues = useContext(FieldErrorsContext);
  const sentence = useSentence();
  return (path) => {
    const found = issues.find((issue) => issue.path === path || issue.path.startsWith(`${path}.`));
    return found === undefined ? undefined : sentence(found.message);
  };
}
