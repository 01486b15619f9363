/** The S3 backend against Ceph's RADOS Gateway: the port's contract, with small parts as well, and in a bucket below a prefix that is none. */
import { afterAll, beforeAll, describe } from 'vitest';
import { openS3Backend, type S3Options } from '../../src/backend/s3/s3-backend.ts';
import { backendContract } from '../contract/backend-contract.ts';
import { type Ceph, startCeph } from '../support/ceph.ts';
import { requireTool } from '../support/tools.ts';

const isMissing = requireTool('radosgw') === undefined;

describe.skipIf(isMissing)('Ceph', () => {
  let ceph: Ceph;
  let count = 0;
  beforeAll(async () => {
    ceph = await startCeph();
  });
  afterAll(() => ceph[Symbol.asyncDispose]());

  const contract = (name: string, options: S3Options) =>
    backendContract(name, async () => {
      const rest = `${ceph.url}/contract/a b/r${count++}`;
      const open = () => openS3Backend(rest, { location: `s3:${rest}`, credentials: { ...ceph.owner } }, options);
      return {
        backend: open(),
        reopen: async () => {
          const other = open();
          await other.create(AbortSignal.timeout(10_000));
          return other;
        },
        cleanup: async () => {},
      };
    });
  contract('s3, Ceph', {});
});
