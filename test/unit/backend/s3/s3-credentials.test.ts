import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findS3Credentials } from '../../../../src/backend/s3/s3-credentials.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';

describe('the access key', () => {
  let folder: TemporaryFolder;
  let file: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    file = folder.at('credentials');
    writeFileSync(
      file,
      [
        '# a comment',
        '[default]',
        'aws_access_key_id = DEFAULT',
        'aws_secret_access_key=of the file',
        '[work]',
        'AWS_ACCESS_KEY_ID = WORK',
        'aws_secret_access_key = a=b/+',
        'aws_session_token = token',
        '[half]',
        'aws_access_key_id = HALF',
      ].join('\r\n'),
    );
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const given = { accessKeyId: 'GIVEN', secretAccessKey: 'of the place' };
  const inEnvironment = { AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 'of the environment' };
  const find = async (credentials: Record<string, string>, environment: Record<string, string>) =>
    (await findS3Credentials(credentials, { AWS_SHARED_CREDENTIALS_FILE: file, ...environment })).accessKeyId;

  it("is the place's, else the environment's, else the file's", async () => {
    expect(await find(given, inEnvironment)).toBe('GIVEN');
    expect(await find({}, inEnvironment)).toBe('ENV');
    expect(await find({}, {})).toBe('DEFAULT');
  });

  it('is that of the profile', async () => {
    expect(await find({ profile: 'work' }, inEnvironment)).toBe('WORK');
    const work = await findS3Credentials({}, { AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: 'work' });
    expect(work).toEqual({ accessKeyId: 'WORK', secretAccessKey: 'a=b/+', sessionToken: 'token' });
  });

  it('has the session token of where it comes from', async () => {
    const found = await findS3Credentials(given, { ...inEnvironment, AWS_SESSION_TOKEN: 'of another' });
    expect(found).toEqual({ accessKeyId: 'GIVEN', secretAccessKey: 'of the place' });
  });

  it.each([
    [{ profile: 'half' }, /none called "half"|accessKeyId/],
    [{ profile: 'gone' }, /none called "gone"/],
  ])('is missing: %j', async (credentials, hint) => {
    await expect(find(credentials, inEnvironment)).rejects.toMatchObject({
      code: 'invalid-input',
      hint: expect.stringMatching(hint),
    });
  });

  it('is missing where there is no file', async () => {
    await expect(find({}, { AWS_SHARED_CREDENTIALS_FILE: folder.at('nowhere') })).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });
});
