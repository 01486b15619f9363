/** Mantine's colour scheme, kept with the other appearance: "auto" is the system's. */
import type { MantineColorScheme, MantineColorSchemeManager } from '@mantine/core';
import { type Appearance, keepAppearance, keptAppearance } from './kept-appearance.ts';

export function colorSchemeOf(appearance: Appearance): MantineColorScheme {
  return appearance === 'system' ? 'auto' : appearance;
}

export const colorSchemeManager: MantineColorSchemeManager = {
  get: () => colorSchemeOf(keptAppearance()),
  set: (scheme) => keepAppearance(scheme === 'auto' ? 'system' : scheme),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => keepAppearance('system'),
};
