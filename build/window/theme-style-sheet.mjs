/**
 * What Mantine would write into <style> elements while the page runs, as a style sheet made by the build: the variables of the
 * theme, and the classes of `visibleFrom` and `hiddenFrom`. A plugin for Vite: `import 'virtual:theme.css'`.
 */
import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from '@mantine/core';
import { theme } from '../../renderer/theme/theme.ts';

const id = 'virtual:theme.css';

export function themeStyleSheet() {
  return {
    name: 'theme-style-sheet',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: (source) => (source === `\0${id}` ? styleSheet() : undefined),
  };
}

function styleSheet() {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme);
  return `${convertCssVariables(variables(merged), ':root')}\n${Object.entries(merged.breakpoints).map(breakpointClasses).join('\n')}`;
}

function variables(merged) {
  const { variables, light, dark } = defaultCssVariablesResolver(merged);
  return {
    variables,
    light: {
      ...light,
      '--mantine-color-error': 'var(--mantine-color-red-9)',
      // Mantine's has a contrast of 3.6 on its own tint.
      '--mantine-color-orange-light-color': '#8f3608',
      '--mantine-color-placeholder': 'var(--mantine-color-gray-5)',
      '--holdfast-canvas': 'var(--mantine-color-gray-0)',
    },
    dark: {
      ...dark,
      // Mantine's are darker than the surfaces that they stand on.
      ...Object.fromEntries(tinted.map((color) => [`--mantine-color-${color}-light`, tint(color, 24)])),
      ...Object.fromEntries(tinted.map((color) => [`--mantine-color-${color}-light-hover`, tint(color, 32)])),
      '--mantine-color-error': 'var(--mantine-color-red-4)',
      '--holdfast-canvas': 'var(--mantine-color-dark-8)',
    },
  };
}

const tinted = ['tide', 'blue', 'gray', 'green', 'orange', 'red'];

function tint(color, percent) {
  return `color-mix(in srgb, var(--mantine-color-${color}-7) ${percent}%, var(--mantine-color-dark-7))`;
}

function breakpointClasses([name, width]) {
  return `@media (width < ${width}) { .mantine-visible-from-${name} { display: none !important; } }
@media (width >= ${width}) { .mantine-hidden-from-${name} { display: none !important; } }`;
}
