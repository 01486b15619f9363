/** What closing the window does: it hides, as the tray stays; where there is no tray, or no way back, it is the end. */

export interface CloseFacts {
  readonly platform: NodeJS.Platform;
  readonly isQuitting: boolean;
  readonly hasTray: boolean;
  /** The user was told before that it goes on. */
  readonly wasTold: boolean;
}

export type CloseDecision =
  | { readonly do: 'close' }
  | { readonly do: 'hide'; readonly tell: boolean }
  /** With the question that goes with it. */
  | { readonly do: 'quit' };

export function closeDecision({ platform, isQuitting, hasTray, wasTold }: CloseFacts): CloseDecision {
  if (isQuitting) return { do: 'close' };
  // On macOS the Dock brings it back, and everybody knows that programs go on there.
  if (platform === 'darwin') return { do: 'hide', tell: false };
  return hasTray ? { do: 'hide', tell: !wasTold } : { do: 'quit' };
}
