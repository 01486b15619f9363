/** What excludes do to the sources, counted by the agent once nobody types any more. */
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { agentQuery } from '../../../data/agent-call.ts';
import { type Draft, noExcludes, presetNames } from './draft.ts';

const settleMs = 400;
/** Files change all the time; a count of a minute ago will do. */
const freshMs = 60_000;

export function useEffectOf({ sources, excludes }: Pick<Draft, 'sources' | 'excludes'>) {
  const text = JSON.stringify({ sources, excludes });
  const [settled] = useDebouncedValue(text, settleMs);
  const query = useQuery({
    ...agentQuery('plans', 'effect', { body: JSON.parse(settled) as Pick<Draft, 'sources' | 'excludes'> }),
    enabled: sources.length > 0 && settled !== '',
    staleTime: freshMs,
    placeholderData: keepPreviousData,
  });
  return { ...query, isCounting: query.isFetching || text !== settled };
}

/** What each preset would leave out, whether it is chosen or not; undefined while it is being counted. */
export function usePresetEffects(sources: readonly string[]) {
  const { data } = useEffectOf({ sources: [...sources], excludes: { ...noExcludes, presets: [...presetNames] } });
  if (data === undefined || sources.length === 0) return undefined;
  return (name: string) => data.excluded.find(({ rule }) => rule === `preset: ${name}`) ?? { items: 0, bytes: 0 };
}
