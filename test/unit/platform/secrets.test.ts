import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Keychain } from '../../../src/platform/keychain.ts';
import { Secrets } from '../../../src/platform/secrets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const unix = process.platform !== 'win32';
const none = async () => undefined;

function memoryKeychain(): Keychain & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    get: async (account) => entries.get(account),
    set: async (account, secret) => {
      entries.set(account, secret);
    },
    remove: async (account) => {
      entries.delete(account);
    },
  };
}

describe('Secrets without a keychain', () => {
  it('keeps a private file, and reads it back', async () => {
    await using temporary = await temporaryFolder();
    const folder = `${temporary.path}/deep/secrets`;
    const secrets = new Secrets({ folder, keychain: none });
    expect(await secrets.readSecret('default', signal)).toBeUndefined();
    expect(await secrets.storeSecret('default', 'first', signal)).toBe('file');
    expect(await secrets.storeSecret('default', 'sécond\n', signal)).toBe('file');
    expect(await secrets.readSecret('default', signal)).toBe('sécond\n');
    expect(readdirSync(folder)).toEqual(['default']);
    if (unix) {
      expect(lstatSync(`${folder}/default`).mode & 0o777).toBe(0o600);
      expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    }
    await secrets.removeSecret('default', signal);
    await secrets.removeSecret('default', signal);
    expect(await secrets.readSecret('default', signal)).toBeUndefined();
  });

  it.skipIf(!unix)('refuses a file that others may read, and closes an open folder', async () => {
    await using temporary = await temporaryFolder();
    const folder = temporary.at('secrets');
    mkdirSync(folder, { mode: 0o755 });
    const secrets = new Secrets({ folder, keychain: none });
    await secrets.storeSecret('s', 'canary', signal);
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    chmodSync(`${folder}/s`, 0o640);
    const refused = secrets.readSecret('s', signal);
    await expect(refused).rejects.toMatchObject({ code: 'permission', hint: expect.stringContaining('chmod 600') });
    await expect(refused).rejects.not.toThrow(/canary/);
  });

  it.skipIf(!unix)('follows no links', async () => {
    await using temporary = await temporaryFolder();
    const folder = temporary.at('secrets');
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(temporary.at('target'), 'not a secret', { mode: 0o600 });
    symlinkSync('../target', `${folder}/s`);
    const secrets = new Secrets({ folder, keychain: none });
    await expect(secrets.readSecret('s', signal)).rejects.toMatchObject({ name: 'HoldfastError' });
    await secrets.storeSecret('s', 'new', signal);
    expect(readFileSync(temporary.at('target'), 'utf8')).toBe('not a secret');
    expect(await secrets.readSecret('s', signal)).toBe('new');
    symlinkSync('secrets', temporary.at('linked'));
    const linked = new Secrets({ folder: temporary.at('linked'), keychain: none });
    await expect(linked.storeSecret('s', 'x', signal)).rejects.toMatchObject({ code: 'permission' });
  });

  it.each(['', '../x', 'a/b', '.hidden', 'a\0'])('refuses the name "%s"', async (name) => {
    await using temporary = await temporaryFolder();
    const secrets = new Secrets({ folder: temporary.path, keychain: none });
    await expect(secrets.storeSecret(name, 'x', signal)).rejects.toMatchObject({ code: 'internal' });
    expect(readdirSync(temporary.path)).toEqual([]);
  });
});

describe('Secrets with a keychain', () => {
  it('keeps nothing in files, and removes an earlier one', async () => {
    await using temporary = await temporaryFolder();
    const folder = temporary.at('secrets');
    await new Secrets({ folder, keychain: none }).storeSecret('s', 'old', signal);
    const keychain = memoryKeychain();
    const secrets = new Secrets({ folder, keychain: async () => keychain });
    expect(await secrets.storeSecret('s', 'new', signal)).toBe('keychain');
    expect(readdirSync(folder)).toEqual([]);
    expect(await secrets.readSecret('s', signal)).toBe('new');
    await secrets.removeSecret('s', signal);
    expect(keychain.entries.size).toBe(0);
  });

  it('uses the file when the keychain refuses or forgets', async () => {
    await using temporary = await temporaryFolder();
    const refusing: Keychain = { ...memoryKeychain(), set: async () => Promise.reject(new Error('locked')) };
    const forgetting: Keychain = { ...memoryKeychain(), set: async () => undefined };
    for (const keychain of [refusing, forgetting]) {
      const secrets = new Secrets({ folder: temporary.at('secrets'), keychain: async () => keychain });
      expect(await secrets.storeSecret('s', 'x', signal)).toBe('file');
      expect(await secrets.readSecret('s', signal)).toBe('x');
    }
  });

  it('says that the keychain cannot be read, and passes cancelling on', async () => {
    await using temporary = await temporaryFolder();
    const locked: Keychain = { ...memoryKeychain(), get: async () => Promise.reject(new Error('locked')) };
    const secrets = new Secrets({ folder: temporary.path, keychain: async () => locked });
    await expect(secrets.readSecret('s', signal)).rejects.toMatchObject({ code: 'permission' });
    const reason = new Error('stop');
    await expect(secrets.readSecret('s', AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
