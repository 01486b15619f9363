/** The built shell in plain Node, on a made-up Electron (fake-electron/): a test sees what Electron is told, and plays the user and the page. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { AgentProfile } from './agent.ts';
import type { FromTest, ToTest } from './fake-electron/electron.ts';

const waitMs = 60_000;
type Command = FromTest extends infer One ? (One extends FromTest ? Omit<One, 'id'> : never) : never;

/** Ended with its block. */
export class DesktopShell implements AsyncDisposable {
  readonly exit: Promise<unknown[]>;
  readonly #child: ChildProcess;
  readonly #calls: { readonly what: string; readonly args: unknown }[] = [];
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  #heard = Promise.withResolvers<void>();
  #lastId = 0;

  /**
   * On a desktop whose session bus says that there is a tray.
   *
   * @param main path of the built electron/main.js
   * @param more added to its environment
   */
  constructor(main: string, { env, folder }: AgentProfile, more: Readonly<Record<string, string>> = {}) {
    const register = join(import.meta.dirname, 'fake-electron/register.ts');
    const busctl = folder.at('bin', 'busctl');
    writeFileSync(busctl, '#!/bin/sh\necho b true\n', { mode: 0o755 });
    this.#child = fork(main, {
      env: { ...env, ...more, DISPLAY: ':99', PATH: `${dirname(busctl)}${delimiter}${env.PATH}` },
      execArgv: ['--disable-warning=ExperimentalWarning', '--import', register],
      stdio: 'inherit',
    });
    this.exit = once(this.#child, 'exit');
    this.#child.on('message', (message: ToTest) => {
      if (message.type === 'called') this.#calls.push(message);
      else if (message.error === undefined) this.#answers.get(message.id)?.resolve(message.value);
      else this.#answers.get(message.id)?.reject(new Error(message.error));
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    });
  }

  /** What Electron was told, of one kind. */
  called(what: string): unknown[] {
    return this.#calls.filter((call) => call.what === what).map(({ args }) => args);
  }

  async until(what: string, fits: (args: unknown) => boolean = () => true): Promise<unknown> {
    const signal = AbortSignal.timeout(waitMs);
    const late = once(signal, 'abort').then(() =>
      Promise.reject(new Error(`no ${what}: ${JSON.stringify(this.called(what))}`)),
    );
    late.catch(() => undefined);
    for (;;) {
      const found = this.called(what).find(fits);
      if (found !== undefined) return found;
      await Promise.race([this.#heard.promise, late]);
    }
  }

  async play(command: Command): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#answers.set(id, answer);
    this.#child.send({ ...command, id });
    return answer.promise;
  }

  /** Of the page. */
  async request(url: string, method = 'GET', body?: unknown) {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await this.play({ do: 'request', url, method, ...text });
    return answer as { readonly status: number; readonly headers: Record<string, string>; readonly text: string };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.exit;
  }
}
