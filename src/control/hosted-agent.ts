/**
 * What the desktop shell and the agent's process tell each other (the shell starts it, and is told where the agent listens).
 * Everything else goes through the control API.
 */
import { z } from 'zod';
import type { SerializedError } from '../base/errors.ts';

/** From the agent's process to the shell. */
export const hostedMessageSchema = z.discriminatedUnion('type', [
  /** The first thing: whether this desktop shows tray icons; undefined where nobody knows. */
  z.object({ type: z.literal('desktop'), hasTrayHost: z.boolean().optional() }),
  z.object({
    type: z.literal('ready'),
    baseUrl: z.string(),
    /** A secret. */
    token: z.string(),
    pid: z.int(),
    /** It ran before, as a service or from a terminal: it stays when the shell ends. */
    attached: z.boolean(),
  }),
  /** It cannot run; the process ends. */
  z.object({ type: z.literal('failed'), error: z.custom<SerializedError>((error) => typeof error === 'object') }),
  /** The agent was told to end by somebody else; the process ends. */
  z.object({ type: z.literal('ended') }),
]);

export type HostedMessage = z.infer<typeof hostedMessageSchema>;

/** From the shell: end, as after SIGTERM. An agent that was attached to goes on. */
export const stopMessage = { type: 'stop' } as const;
