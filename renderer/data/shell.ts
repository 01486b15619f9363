/** The desktop shell around this page; undefined in a browser. */
import type { ShellApi } from '../../src/control/shell.ts';

declare global {
  interface Window {
    readonly holdfast?: ShellApi;
  }
}

export const shell: ShellApi | undefined = window.holdfast;
