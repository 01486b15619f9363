import { describe, expect, it } from 'vitest';
import { Destinations, readDestination } from '../../../../src/agent/repositories/destinations.ts';
import { memoryBackend } from '../../../../src/backend/memory/memory-backend.ts';
import { SharedWaits } from '../../../../src/base/shared-waits.ts';
import { repositorySchema } from '../../../../src/config/repository.ts';
import { Secrets } from '../../../../src/platform/secrets.ts';
import type { BackendPlace } from '../../../../src/repository/mod.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { never } from '../../repository/test-repository.ts';

describe('a destination as it is given', () => {
  it('has its secrets among the credentials only, those of the address too', () => {
    expect(readDestination({ location: 'rest:https://me:canary@host/', settings: { caFile: '/ca.pem' } })).toEqual({
      location: 'rest:https://host/',
      settings: { caFile: '/ca.pem' },
      credentials: { username: 'me', password: 'canary' },
    });
    const open = () => readDestination({ location: 'rest:https://host/', settings: { password: 'canary' } });
    expect(open).toThrow('"password" is a secret');
  });

  it('names what its kind does not have, and what it has', () => {
    const wrong = () => readDestination({ location: 's3:https://h/b', settings: { zone: 'x' } });
    expect(wrong).toThrow(
      expect.objectContaining({ code: 'invalid-input', hint: expect.stringContaining('region') as string }),
    );
    const none = () => readDestination({ location: '/mnt/disk', credentials: { password: 'x' } });
    expect(none).toThrow(expect.objectContaining({ message: expect.stringContaining('"local"') as string }));
  });

  it('keeps what it was where nothing else is said and the kind is the same', () => {
    const before = { location: 'sftp:a@h:/x', settings: { keyFile: '/k' }, credentials: { passphrase: 'p' } };
    expect(readDestination({ location: 'sftp:a@other:/x' }, before)).toEqual({
      ...before,
      location: 'sftp:a@other:/x',
    });
    expect(readDestination({ location: 'sftp:a@h:/x', settings: {} }, before).settings).toEqual({});
    expect(readDestination({ location: '/mnt/disk' }, before)).toEqual({
      location: '/mnt/disk',
      settings: {},
      credentials: {},
    });
  });
});

it('credentials are kept as a secret, given to the backend, and forgotten', async () => {
  await using folder = await temporaryFolder();
  const secrets = new Secrets({ folder: folder.at('secrets'), keychain: async () => undefined });
  const opened: BackendPlace[] = [];
  const destinations = new Destinations({
    secrets,
    cacheFolder: '/cache',
    openBackend: (place) => {
      opened.push(place);
      return memoryBackend();
    },
  });
  const config = repositorySchema.parse({
    id: 'nas',
    name: 'NAS',
    location: 'sftp:me@nas:/backup',
    settings: { keyFile: '/k' },
    repositoryId: 'x',
    createdAt: '2026-03-01T12:00:00Z',
  });
  await destinations.keep('nas', { credentials: { passphrase: 'canary' } }, never);
  await (await destinations.openKept(config, never))[Symbol.asyncDispose]();
  expect(opened).toEqual([
    {
      location: 'sftp:me@nas:/backup',
      credentials: { keyFile: '/k', passphrase: 'canary' },
      waits: expect.any(SharedArrayBuffer),
      cacheFolder: '/cache',
    },
  ]);
  new SharedWaits(opened[0]?.waits).call().failed('The NAS does not answer.', 5000);
  expect(destinations.waitFor('nas')).toMatchObject({ reason: 'The NAS does not answer.' });
  expect(destinations.waitFor('other')).toBeUndefined();
  await destinations.keep('nas', { credentials: {} }, never);
  expect((await destinations.kept(config, never)).credentials).toEqual({});
  expect(await secrets.readSecret('nas-destination', never)).toBeUndefined();
});
