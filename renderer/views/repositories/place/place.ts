/** A place as it is typed, and as the agent takes it. Pure. */
import { destinationKind, destinationKinds } from '../../../../src/control/destinations.ts';
import type { CallInput } from '../../../data/agent-call.ts';

export interface Place {
  readonly kind: string;
  /** What stands behind "kind:"; of a local folder its path. */
  readonly address: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, string>>;
}

export type Destination = Pick<CallInput<'repositories', 'test'>['body'], 'location' | 'settings' | 'credentials'>;

export const placeKinds = Object.keys(destinationKinds);

export function newPlace(kind: string): Place {
  return { kind, address: '', settings: {}, credentials: {} };
}

/** Of a repository that is there; its credentials are not shown again. */
export function placeOf(location: string, settings: Readonly<Record<string, string>>): Place {
  const kind = destinationKind(location);
  const address = kind === 'local' ? location : location.slice(kind.length + 1);
  return { kind, address, settings, credentials: {} };
}

/** Fields that were left empty are left out; a whole location that was pasted is taken as it is. */
export function destinationOf({ kind, address, settings, credentials }: Place): Destination {
  const text = address.trim();
  const hasPrefix = kind === 'local' || text.toLowerCase().startsWith(`${kind}:`);
  return {
    location: hasPrefix ? text : `${kind}:${text}`,
    settings: given(settings),
    credentials: given(credentials),
  };
}

/** The example of a kind, without what stands before the address. */
export function exampleOf(kind: string): string {
  const example = destinationKinds[kind]?.example ?? '';
  return kind === 'local' ? example : example.slice(kind.length + 1);
}

function given(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
}
