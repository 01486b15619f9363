import { useMediaQuery } from '@mantine/hooks';

/** Whether the window is as narrow as a phone: tables have fewer columns then. */
export function useIsNarrow(): boolean {
  return useMediaQuery('(width < 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
}
