/** One repository as its users reach it over a network; where it lies in a folder, the judge reads the same files there. */
import { startCeph } from '../support/ceph.ts';
import { Holdfast } from '../support/holdfast.ts';
import { optionsOf } from '../support/network-stores.ts';
import { startRclone } from '../support/rclone.ts';
import { Restic } from '../support/restic.ts';
import type { ProcessResult } from '../support/run-process.ts';
import type { SharedRepository } from '../support/shared-repository.ts';
import { startSshd } from '../support/sshd.ts';
import { requireTool } from '../support/tools.ts';

export type Program = 'holdfast' | 'restic';

export interface RepositoryOnStore extends AsyncDisposable {
  /** "sftp", "rest", "s3". */
  readonly name: string;
  run(program: Program, args: readonly string[]): Promise<ProcessResult>;
  /** The programs that judge it, where it lies in no folder. */
  readonly judges?: Pick<SharedRepository, 'holdfast' | 'restic'>;
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

/** A repository of its own in a Ceph cluster; undefined where Ceph is not installed. */
export async function overS3({ folder, password }: SharedRepository): Promise<RepositoryOnStore | undefined> {
  if (!requireTool('radosgw')) return undefined;
  const ceph = await startCeph();
  const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = ceph.owner;
  const place = {
    home: folder.at('home'),
    repository: `s3:${ceph.url}/repositories/torture`,
    password,
    environment: { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
  };
  const judges = { holdfast: new Holdfast(place), restic: new Restic(place) };
  try {
    await judges.holdfast.ok(['init']);
  } catch (error) {
    await ceph[Symbol.asyncDispose]();
    throw error;
  }
  return {
    name: 's3',
    judges,
    run: (program, args) => judges[program].run(args),
    [Symbol.asyncDispose]: () => ceph[Symbol.asyncDispose](),
  };
}
