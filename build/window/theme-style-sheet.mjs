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
      '--mantine-color-placeholder': 'var(--mantine-color-gray-5)',
      '--holdfast-canvas': 'var(--mantine-color-gray-0)',
    },
    dark: {
      ...dark,
      '--mantine-color-error': 'var(--mantine-color-red-4)',
      '--holdfast-canvas': 'var(--mantine-color-dark-8)',
    },
  };
}

function breakpointClasses([name, width]) {
  return `@media (width < ${width}) { .mantine-visible-from-${name} { display: none !important; } }
@media (width >= ${width}) { .mantine-hidden-from-${name} { display: none !important; } }`;
}
