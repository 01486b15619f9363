import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HoldfastError } from '../../../src/base/errors.ts';
import { backendOptions, destinationOf, trustingHostKey } from '../../../src/cli/destination-input.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();

afterEach(() => vi.unstubAllEnvs());

describe('a destination on the command line', () => {
  it('takes settings as options, secrets from files, and the rest from the environment of its kind', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('token'), 'canary\n');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AK');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'from the environment');
    vi.stubEnv('RESTIC_REST_PASSWORD', 'of another kind');
    const options = { setting: ['region=eu-west-1'], credential: [`sessionToken=${folder.at('token')}`] };
    expect(await destinationOf('s3:https://host/bucket', options, signal)).toEqual({
      location: 's3:https://host/bucket',
      settings: { accessKeyId: 'AK', region: 'eu-west-1' },
      credentials: { secretAccessKey: 'from the environment', sessionToken: 'canary' },
    });
    expect(await destinationOf('/mnt/disk', {}, signal)).toEqual({ location: '/mnt/disk' });
  });

  it('wants a value for a setting', async () => {
    await expect(destinationOf('s3:h/b', { setting: ['region'] }, signal)).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });
});

describe('a server key that is not known yet', () => {
  const unknown = new HoldfastError('unauthenticated', 'The server is not known.', {
    context: { hostKey: 'ssh-ed25519 AAAA', fingerprint: 'SHA256:abc' },
  });
  const place = { location: 'sftp:me@h:/x', settings: { keyFile: '/k' } };

  it('is trusted when its fingerprint was given', async () => {
    const asked: unknown[] = [];
    const answer = await trustingHostKey(place, { acceptHostKey: 'SHA256:abc' }, { signal }, async (destination) => {
      asked.push(destination);
      if (asked.length === 1) throw unknown;
      return 'done';
    });
    expect(answer).toBe('done');
    expect(asked[1]).toEqual({ ...place, settings: { keyFile: '/k', hostKey: 'ssh-ed25519 AAAA' } });
  });

  it('is not trusted with another fingerprint, or with nobody to ask', async () => {
    const fail = async (): Promise<never> => {
      throw unknown;
    };
    await expect(trustingHostKey(place, { acceptHostKey: 'SHA256:xyz' }, { signal }, fail)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('SHA256:xyz') as string,
    });
    await expect(trustingHostKey(place, {}, { signal }, fail)).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

describe('-o', () => {
  it('gives the options of the location’s kind, with dashes or without', () => {
    const given = ['s3.storage-class=GLACIER', 's3.region=eu', 'sftp.keyFile=/k'];
    expect(backendOptions('s3:https://h/b', given)).toEqual({ storageClass: 'GLACIER', region: 'eu' });
    expect(backendOptions('sftp:h:/x', given)).toEqual({ keyFile: '/k' });
    expect(backendOptions('/mnt/disk', given)).toEqual({});
  });

  it.each(['region=eu', 's3.zone=x', 'gopher.a=b', ''])('refuses "%s"', (text) => {
    expect(() => backendOptions('s3:https://h/b', [text])).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });
});
