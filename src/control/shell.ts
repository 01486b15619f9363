/**
 * What the desktop shell and the page in its window agree on. In a browser there is no shell: `window.holdfast` is undefined.
 *
 * The page asks by these channels only; the shell checks who asks, and each request by its schema. Safe in a browser.
 */
import { z } from 'zod';

/** A place in the window that the tray and notifications lead to. */
export type ShellView =
  | { readonly view: 'home' | 'settings' }
  | { readonly view: 'plans' | 'restore' | 'jobs' | 'repositories' | 'remotes'; readonly id?: string };

/** Its path: "/", "/jobs", "/jobs/01J…"; `id` is of a plan for `plans` and `restore`, else of what the view lists. */
export function viewPath(view: ShellView): string {
  if (view.view === 'home') return '/';
  const id = 'id' in view ? view.id : undefined;
  return id === undefined ? `/${view.view}` : `/${view.view}/${encodeURIComponent(id)}`;
}

/** Settings of this desktop, not of the agent. */
export const shellSettingsSchema = z.strictObject({
  startAtLogin: z.boolean(),
  /** Which notifications the desktop shows. */
  notifications: z.enum(['all', 'problems', 'none']),
  /** Looks for new versions by itself; off unless the user asks for it. */
  updates: z.boolean(),
});
export type ShellSettings = z.infer<typeof shellSettingsSchema>;
const settingsChangeSchema = shellSettingsSchema.partial();
export type ShellSettingsChange = z.infer<typeof settingsChangeSchema>;

/** Requests of the page, by channel: what is sent, and what is answered. */
export const shellRequests = {
  'shell:settings': { input: z.undefined(), answer: shellSettingsSchema },
  'shell:change-settings': { input: settingsChangeSchema, answer: shellSettingsSchema },
  /** The system's own dialog; undefined when it was closed without a choice. */
  'shell:choose-folder': { input: z.undefined(), answer: z.string().optional() },
  /** The page takes `shell:open` from now on. */
  'shell:page-ready': { input: z.undefined(), answer: z.undefined() },
} as const;
export type ShellChannel = keyof typeof shellRequests;

/** Sent to the page, with the path of a view: it is to go there. */
export const openChannel = 'shell:open' as const;

/** `window.holdfast` of a page in the desktop's window. */
export interface ShellApi {
  readonly platform: string;
  settings(): Promise<ShellSettings>;
  changeSettings(change: ShellSettingsChange): Promise<ShellSettings>;
  chooseFolder(): Promise<string | undefined>;
  /** Calls back with the path of each view that the tray or a notification leads to. */
  onOpen(listener: (path: string) => void): void;
}
