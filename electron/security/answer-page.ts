/** Requests of the page to the shell (control/shell.ts): only our own page is heard, and only what its schema allows. */
import type { z } from 'zod';
import { HoldfastError } from '../../src/base/errors.ts';
import { type ShellChannel, shellRequests } from '../../src/control/shell.ts';
import { isTrustedSender, type SenderFrame } from './own-page.ts';

/** What is used of Electron's ipcMain. */
export interface IpcMain {
  handle(
    channel: string,
    listener: (event: { readonly senderFrame: SenderFrame | null }, ...args: unknown[]) => unknown,
  ): void;
}

type Input<C extends ShellChannel> = z.output<(typeof shellRequests)[C]['input']>;
type Answer<C extends ShellChannel> = z.input<(typeof shellRequests)[C]['answer']>;
export type ShellHandlers = { readonly [C in ShellChannel]: (input: Input<C>) => Answer<C> | Promise<Answer<C>> };

/** @throws to the page: `permission` for another sender, `invalid-input` for another request */
export function answerPage(ipc: IpcMain, handlers: ShellHandlers): void {
  // The entries of an object are of its keys, which the compiler does not keep.
  for (const channel of Object.keys(shellRequests) as ShellChannel[]) addHandler(ipc, channel, handlers);
}

function addHandler<C extends ShellChannel>(ipc: IpcMain, channel: C, handlers: ShellHandlers): void {
  ipc.handle(channel, ({ senderFrame }, ...args) => {
    if (!isTrustedSender(senderFrame)) throw new HoldfastError('permission', 'Only the window itself may ask this.');
    const read = shellRequests[channel].input.safeParse(args[0]);
    if (!read.success || args.length > 1)
      throw new HoldfastError('invalid-input', `"${channel}" was not asked as it should be.`);
    // Parsed by the schema of this very channel just now.
    return handlers[channel](read.data as Input<C>);
  });
}
