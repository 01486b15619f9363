import { useMediaQuery } from '@mantine/hooks';

/**
 * Whether there is little room, so that tables have fewer columns.
 *
 * @param below the width of the window: that of a phone unless given; of a small window (64em) where the navigation and more stand beside
 */
export function useIsNarrow(below: '48em' | '64em' = '48em'): boolean {
  return useMediaQuery(`(width < ${below})`, undefined, { getInitialValueInEffect: false }) ?? false;
}
