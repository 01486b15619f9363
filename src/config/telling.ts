/** Whom Holdfast tells outside of its own window: webhooks, pings, mail. Secrets are named here, and kept by the keychain. */
import { z } from 'zod';
import { idSchema } from './plan.ts';
import { secretNameSchema } from './secret-name.ts';

/** What there is to tell. `problem` is one of the agent itself; `warning` is a run that wants a look. */
export const tellingKinds = ['started', 'succeeded', 'failed', 'skipped', 'overdue', 'warning', 'problem'] as const;
export type TellingKind = (typeof tellingKinds)[number];

const eventsSchema = z.array(z.enum(tellingKinds)).min(1).default(['failed', 'overdue', 'warning', 'problem']);

const httpUrl = z.url({
  protocol: /^https?$/,
  hostname: /./,
  error: 'an address that begins with https:// or http://',
});

/** Sent by POST as JSON (agent/telling/webhook.ts says what is in it). */
const webhookSchema = z.strictObject({
  id: idSchema,
  url: httpUrl,
  events: eventsSchema,
  /** A header whose value is a secret, as `Authorization`. */
  secretHeader: z
    .strictObject({
      name: z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'a name of a header'),
      secret: secretNameSchema,
    })
    .optional(),
});

/** A service that expects to hear of each run, and raises alarm when it does not (healthchecks.io and its like). */
const pingSchema = z.strictObject({
  id: idSchema,
  /** `/start` and `/fail` are added to it. */
  url: httpUrl,
  /** All plans unless given. */
  planIds: z.array(idSchema).min(1).optional(),
});

const mailSchema = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** TLS from the start (usually port 465); else STARTTLS, which is demanded where a password is sent to another machine. */
  secure: z.boolean().default(false),
  user: z.string().min(1).optional(),
  /** The secret that goes with `user`. */
  passwordSecret: secretNameSchema.optional(),
  from: z.email(),
  to: z.array(z.email()).min(1).max(20),
  events: eventsSchema,
});

export const tellingSchema = z
  .strictObject({
    webhooks: z.array(webhookSchema).max(20).default([]),
    pings: z.array(pingSchema).max(50).default([]),
    mail: mailSchema.optional(),
  })
  .refine(({ webhooks, pings }) => {
    const ids = [...webhooks, ...pings].map(({ id }) => id);
    return new Set(ids).size === ids.length && !ids.includes('mail');
  }, 'the ids of webhooks and pings must differ, and none may be "mail"');

export type Webhook = z.infer<typeof webhookSchema>;
export type Ping = z.infer<typeof pingSchema>;
export type Mail = z.infer<typeof mailSchema>;
export type TellingConfig = z.infer<typeof tellingSchema>;
