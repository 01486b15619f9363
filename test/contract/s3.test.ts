/** The S3 backend against the wire as different stores have it; the real store is in test/ceph. */
import { afterAll, beforeAll, describe } from 'vitest';
import { openS3Backend } from '../../src/backend/s3/s3-backend.ts';
import { type S3Stub, type S3StubOptions, startS3Stub } from '../support/s3-stub.ts';
import { backendContract, type StoreLimits } from './backend-contract.ts';

const stores: readonly (readonly [name: string, options: S3StubOptions, limits: StoreLimits])[] = [
  ['s3', {}, {}],
  ['s3, small pages', { pageSize: 3 }, {}],
  ['s3, ListObjects of the first version only', { pageSize: 2, listings: 'first' }, {}],
  [
    's3, neither conditions nor ListObjectsV2',
    { conditions: 'refused', listings: 'refused' },
    { lastWriterWins: 'a store without conditions writes over what is there' },
  ],
];

describe.each(stores)('%s', (name, options, limits) => {
  let stub: S3Stub;
  let count = 0;
  beforeAll(async () => {
    stub = await startS3Stub(options);
  });
  afterAll(() => stub[Symbol.asyncDispose]());

  backendContract(
    name,
    async () => {
      const rest = `${stub.url}/bucket/a+b&c (d)/r${count++}`;
      const open = () => openS3Backend(rest, { location: `s3:${rest}`, credentials: { ...stub.user } });
      return {
        backend: open(),
        reopen: async () => {
          const other = open();
          await other.create(AbortSignal.timeout(10_000));
          return other;
        },
        cleanup: async () => {},
      };
    },
    limits,
  );
});
