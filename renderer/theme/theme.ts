/**
 * How everything looks: Mantine's theme. Its CSS variables are written into the bundle's style sheet by the build
 * (build/window/theme-style-sheet.mjs), because the agent's pages allow no inline styles.
 *
 * Text has a contrast of 4.5 or more on every surface it stands on, in both colour schemes (test/e2e checks by axe).
 */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

const tide: MantineColorsTuple = [
  '#eef8f7',
  '#d9efec',
  '#b3ded9',
  '#86cac3',
  '#58b5ac',
  '#349e95',
  '#1f8a81',
  '#147a72',
  '#0f635d',
  '#0a4d48',
];
const gray: MantineColorsTuple = [
  '#f7f9fa',
  '#eff2f4',
  '#e4e8eb',
  '#d6dce0',
  '#bcc5cc',
  '#6b7682',
  '#5a6570',
  '#45505a',
  '#303a43',
  '#1c252d',
];
const dark: MantineColorsTuple = [
  '#d9e0e6',
  '#b9c4cd',
  '#9eabb7',
  '#8b99a6',
  '#38434d',
  '#2a343d',
  '#212a32',
  '#1a2229',
  '#12181e',
  '#0b1015',
];

export const theme = createTheme({
  primaryColor: 'tide',
  primaryShade: 7,
  colors: { tide, gray, dark },
  black: '#1c252d',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.5rem', lineHeight: '1.3' }, h2: { fontSize: '1.125rem' } },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Locking the page's scroll writes a style element, which the policy of the agent's pages forbids.
    Modal: { defaultProps: { lockScroll: false, centered: true } },
    Drawer: { defaultProps: { lockScroll: false } },
    // They go by themselves.
    Notification: { defaultProps: { withCloseButton: false } },
    Paper: { defaultProps: { withBorder: true, radius: 'lg' } },
  },
});
