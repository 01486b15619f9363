/** The agent's process as the desktop shell starts it, by plain Node. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createClient } from '../../src/control/client.ts';
import { contract } from '../../src/control/contract.ts';
import { type HostedMessage, hostedMessageSchema, stopMessage } from '../../src/control/hosted-agent.ts';
import type { AgentProfile } from './agent.ts';

type Ready = Extract<HostedMessage, { type: 'ready' }>;

/** Ended with its block. */
export class HostedAgent implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly exit: Promise<unknown[]>;

  /** @param entry src/agent/hosted/entry.ts, or what it was built into */
  constructor(entry: string, { env }: Pick<AgentProfile, 'env'>) {
    this.child = fork(entry, { env, execArgv: ['--disable-warning=ExperimentalWarning'], stdio: 'inherit' });
    this.exit = once(this.child, 'exit');
  }

  async heard<T extends HostedMessage['type']>(type: T): Promise<Extract<HostedMessage, { type: T }>> {
    for (;;) {
      const [data] = await Promise.race([
        once(this.child, 'message'),
        this.exit.then(([code]) => Promise.reject(new Error(`ended with ${code}`))),
      ]);
      const message = hostedMessageSchema.parse(data);
      // Of that type, by its tag.
      if (message.type === type) return message as Extract<HostedMessage, { type: T }>;
    }
  }

  client({ baseUrl, token }: Ready) {
    return createClient(contract, { baseUrl, token });
  }

  stop(): void {
    this.child.send(stopMessage);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    await this.exit;
  }
}
