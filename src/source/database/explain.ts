/** What the last words of database tools mean, told apart by phrases that they print in the C locale. */
import type { Explanation } from '../../platform/stream-program.ts';

/** Phrases by kind of failure. */
export interface Phrases {
  readonly unauthenticated: RegExp;
  readonly permission: RegExp;
  readonly network: RegExp;
  readonly missing: RegExp;
}

/** @param server for the hints: "PostgreSQL at localhost:5432" */
export function explainBy(phrases: Phrases, server: string): (stderr: string) => Explanation | undefined {
  return (stderr) => {
    if (phrases.unauthenticated.test(stderr)) {
      return {
        code: 'unauthenticated',
        says: 'the server refuses the user or the password',
        hint: `Check the user and the stored password for ${server}.`,
      };
    }
    if (phrases.network.test(stderr)) {
      return {
        code: 'network',
        says: 'the server cannot be reached, or ended the connection',
        hint: `Check that ${server} runs, and the host, the port or the socket.`,
        isTemporary: true,
      };
    }
    if (phrases.missing.test(stderr)) {
      return { code: 'not-found', says: 'it is not there', hint: `Check the names of the databases on ${server}.` };
    }
    if (phrases.permission.test(stderr)) {
      return {
        code: 'permission',
        says: 'the user may not do this',
        hint: `Give the user the rights for it on ${server}, or name databases that it may read.`,
      };
    }
    if (/no space left on device/i.test(stderr)) {
      return { code: 'no-space', says: 'a disk is full', hint: `Free space, here or at ${server}.` };
    }
    return undefined;
  };
}
