import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteService } from '../../../../src/agent/remotes/remote-service.ts';
import { ConfigStore } from '../../../../src/agent/state/config-store.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import { type RemoteInput, remoteInputSchema } from '../../../../src/config/remote.ts';
import { Secrets } from '../../../../src/platform/secrets.ts';
import type { ConnectOptions } from '../../../../src/remote/connect.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeRemote } from '../../../support/fake-remote.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { never } from '../../repository/test-repository.ts';

let folder: TemporaryFolder;
let store: ConfigStore;
let secrets: Secrets;
let service: RemoteService;
let remote: FakeRemote;
let connected: ConnectOptions[];
let gone: string[];

beforeEach(async () => {
  folder = await temporaryFolder();
  const clock = new FakeClock();
  store = await ConfigStore.open({ path: folder.at('config.json'), clock });
  secrets = new Secrets({ folder: folder.at('secrets'), keychain: async () => undefined, passphrase: () => undefined });
  remote = new FakeRemote();
  connected = [];
  gone = [];
  service = new RemoteService({
    store,
    secrets,
    connect: (options) => {
      connected.push(options);
      return remote;
    },
    memory: () => ({ load: async () => undefined, save: async () => undefined }),
    clock,
    random: () => 0,
    userAgent: 'test',
    onGone: async (id) => void gone.push(id),
  });
});
afterEach(() => folder[Symbol.asyncDispose]());

const input = (some: Partial<RemoteInput> = {}): RemoteInput =>
  remoteInputSchema.parse({
    name: 'My Panel',
    dialect: 'panel',
    baseUrl: 'https://panel.example',
    scope: 's1',
    ...some,
  });
const kept = (id: string) => secrets.readSecret(`${id}-remote`, never);
const refused = new HoldfastError('unauthenticated', 'The key is not known there.');

describe('remotes', () => {
  it('are tested before they are kept, with the credential among the secrets only', async () => {
    const made = await service.add(input(), 'canary', never);
    expect(made).toMatchObject({ id: 'my-panel', revision: 0, scope: 's1' });
    expect(remote.calls).toEqual(['test']);
    expect(connected).toMatchObject([{ credential: 'canary', scope: 's1', baseUrl: 'https://panel.example' }]);
    expect(await kept('my-panel')).toBe('canary');
    expect(JSON.stringify(store.config)).not.toContain('canary');
    expect(await service.credentialPlace('my-panel', never)).toBe('file');
  });

  it('that refuse are not kept, nor is the credential', async () => {
    remote.fail = refused;
    await expect(service.add(input(), 'canary', never)).rejects.toBe(refused);
    expect(service.all).toEqual([]);
    expect(await kept('my-panel')).toBeUndefined();
  });

  it.each([
    ['a repository that is not there', { ingestInto: 'nas' }, 'not-found', 'ingestInto'],
    [
      'times that never come',
      { schedule: { trigger: { kind: 'cron', expression: '0 0 30 2 *' }, order: {}, conditions: {} } },
      'invalid-input',
      'schedule.trigger',
    ],
  ] as const)('with %s are refused, and nobody is asked', async (_, some, code, path) => {
    await expect(service.add(input(some), 'canary', never)).rejects.toMatchObject({ code, fields: [{ path }] });
    expect(connected).toEqual([]);
  });

  it('a change made from what was there before is refused', async () => {
    const { id } = await service.add(input(), 'canary', never);
    expect(await service.update(id, { input: input({ name: 'Other' }), revision: 0 }, never)).toMatchObject({
      id,
      name: 'Other',
      revision: 1,
    });
    const late = service.update(id, { input: input({ name: 'Late' }), revision: 0 }, never);
    await expect(late).rejects.toMatchObject({ code: 'conflict' });
    expect(service.get(id).name).toBe('Other');
    expect(gone).toEqual([]);
  });

  it('another name is not tested; another connection is, and what was known goes', async () => {
    const { id } = await service.add(input(), 'canary', never);
    await service.open(id, never);
    remote.calls.length = 0;
    await service.update(id, { input: input({ name: 'Other' }) }, never);
    expect(remote.calls).toEqual([]);
    await service.update(id, { input: input({ scope: 's2' }) }, never);
    expect(remote.calls).toEqual(['test']);
    expect(gone).toEqual([id]);
    expect(connected.at(-1)).toMatchObject({ scope: 's2', credential: 'canary' });
    remote.fail = refused;
    await expect(service.update(id, { input: input({ scope: 's3' }) }, never)).rejects.toBe(refused);
    expect(service.get(id).scope).toBe('s2');
  });

  it('a credential never goes to another server than the one it was given for', async () => {
    const { id } = await service.add(input(), 'canary', never);
    const elsewhere = input({ baseUrl: 'https://evil.example' });
    await expect(service.update(id, { input: elsewhere }, never)).rejects.toMatchObject({
      code: 'invalid-input',
      fields: [{ path: 'credential' }],
    });
    const plain = input({ baseUrl: 'http://panel.example', allowInsecure: true });
    await expect(service.update(id, { input: plain }, never)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(connected).toHaveLength(1);
    await service.update(id, { input: elsewhere, credential: 'other' }, never);
    expect(connected.at(-1)).toMatchObject({ baseUrl: 'https://evil.example', credential: 'other' });
    expect(await kept(id)).toBe('other');
  });

  it('a credential that does not work does not replace one that is there', async () => {
    const { id } = await service.add(input(), 'canary', never);
    const client = await service.open(id, never);
    expect(await service.open(id, never)).toBe(client);
    remote.fail = refused;
    await expect(service.setCredential(id, 'bad', never)).rejects.toBe(refused);
    expect(await kept(id)).toBe('canary');
    remote.fail = undefined;
    await service.setCredential(id, 'better', never);
    await service.open(id, never);
    expect(connected.at(-1)).toMatchObject({ credential: 'better' });
  });

  it('taken off the list, the credential is forgotten', async () => {
    const { id } = await service.add(input(), 'canary', never);
    await service.remove(id, never);
    expect(await kept(id)).toBeUndefined();
    expect(gone).toEqual([id]);
    await expect(service.open(id, never)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('without their credential say how to give it again', async () => {
    const { id } = await service.add(input(), 'canary', never);
    await secrets.removeSecret(`${id}-remote`, never);
    await expect(service.open(id, never)).rejects.toMatchObject({
      code: 'unauthenticated',
      hint: expect.stringContaining('holdfast remote credential my-panel'),
    });
  });
});
