/** One repository as its users reach it over a network, while the judge reads the same files in their folder. */
import { optionsOf } from '../support/network-stores.ts';
import { startRclone } from '../support/rclone.ts';
import type { ProcessResult } from '../support/run-process.ts';
import type { SharedRepository } from '../support/shared-repository.ts';
import { startSshd } from '../support/sshd.ts';
import { requireTool } from '../support/tools.ts';

export type Program = 'holdfast' | 'restic';

export interface RepositoryOnStore extends AsyncDisposable {
  /** "sftp", "rest". */
  readonly name: string;
  run(program: Program, args: readonly string[]): Promise<ProcessResult>;
}

/** The repository behind sshd; undefined where sshd is not installed. */
export async function overSftp(shared: SharedRepository): Promise<RepositoryOnStore | undefined> {
  if (!requireTool('sshd') || !requireTool('ssh-keygen')) return undefined;
  const server = await startSshd();
  const location = server.location(shared.repository);
  const flags = {
    holdfast: optionsOf({ location, credentials: server.credentials }),
    restic: ['-r', location, ...server.resticOptions],
  };
  return {
    name: 'sftp',
    run: (program, args) => shared[program].run([...args, ...flags[program]]),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The repository behind `rclone serve restic`; undefined where rclone is not installed. */
export async function overRest(shared: SharedRepository): Promise<RepositoryOnStore | undefined> {
  if (!requireTool('rclone')) return undefined;
  const server = await startRclone({ folder: shared.repository });
  return {
    name: 'rest',
    run: (program, args) => shared[program].run([...args, '-r', `rest:${server.url}`]),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
