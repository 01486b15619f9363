import { chmodSync, lstatSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentPassphrase } from '../../../src/platform/passphrase.ts';
import { Secrets } from '../../../src/platform/secrets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
const canary = 'canary-pässword\n';
const wrong = { code: 'wrong-password', hint: expect.stringContaining('HOLDFAST_PASSPHRASE') };

function secretsIn(folder: string, passphrase: string | undefined): Secrets {
  return new Secrets({ folder, keychain: async () => undefined, passphrase: () => passphrase });
}
/** All that is in a folder, by name. */
function contentOf(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}`, 'latin1')]));
}
function secretBytesIn(folder: string): string[] {
  return Object.entries(contentOf(folder)).flatMap(([name, text]) => (/canary|ssword/.test(text) ? [name] : []));
}

describe('Secrets under a passphrase', () => {
  it('are encrypted in private files, and read back with the same passphrase', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('secrets');
    const secrets = secretsIn(path, 'correct horse');
    expect(await secrets.storeSecret('a', canary, signal)).toBe('encrypted-file');
    expect(await secrets.storeSecret('b', `${canary}2`, signal)).toBe('encrypted-file');
    expect(await secrets.storeSecret('b', canary, signal)).toBe('encrypted-file');
    expect(secretBytesIn(path)).toEqual([]);
    expect(readdirSync(path)).toEqual(['a', 'b']);
    const { a, b } = contentOf(path);
    expect(a!.split('"data"')[1], 'the same secret twice, told apart').not.toBe(b!.split('"data"')[1]);
    if (process.platform !== 'win32') expect(lstatSync(`${path}/a`).mode & 0o777).toBe(0o600);
    const later = secretsIn(path, 'correct horse');
    expect(await later.readSecret('a', signal)).toBe(canary);
    expect(await later.readSecret('b', signal)).toBe(canary);
    expect(await later.readSecret('c', signal)).toBeUndefined();
    await later.removeSecret('a', signal);
    expect(readdirSync(path)).toEqual(['b']);
  });

  it('what was plain is encrypted as soon as there is one', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('secrets');
    const plain = secretsIn(path, undefined);
    expect(await plain.storeSecret('a', canary, signal)).toBe('file');
    expect(await plain.storeSecret('b', `${canary}b`, signal)).toBe('file');
    expect(secretBytesIn(path)).toEqual(['a', 'b']);
    const secrets = secretsIn(path, 'correct horse');
    expect(await secrets.readSecret('a', signal)).toBe(canary);
    expect(secretBytesIn(path)).toEqual([]);
    expect(await secrets.readSecret('b', signal)).toBe(`${canary}b`);
  });

  it.each(['wrong', undefined])(
    'with the passphrase %s nothing is read, and nothing is changed',
    async (passphrase) => {
      await using folder = await temporaryFolder();
      const path = folder.at('secrets');
      await secretsIn(path, 'correct horse').storeSecret('a', canary, signal);
      const before = contentOf(path);
      const secrets = secretsIn(path, passphrase);
      await expect(secrets.readSecret('a', signal)).rejects.toMatchObject(wrong);
      await expect(secrets.storeSecret('a', 'new', signal)).rejects.toMatchObject(wrong);
      await expect(secrets.storeSecret('other', 'new', signal)).rejects.toMatchObject(wrong);
      expect(contentOf(path)).toEqual(before);
    },
  );

  it('a wrong passphrase does not encrypt what is plain beside', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('secrets');
    await secretsIn(path, 'correct horse').storeSecret('a', canary, signal);
    writeFileSync(`${path}/b`, 'plain', { mode: 0o600 });
    await expect(secretsIn(path, 'wrong').readSecret('b', signal)).rejects.toMatchObject(wrong);
    expect(readFileSync(`${path}/b`, 'utf8')).toBe('plain');
  });

  it('can be given later, and be corrected', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('secrets');
    await secretsIn(path, 'correct horse').storeSecret('a', canary, signal);
    let passphrase: string | undefined;
    const secrets = new Secrets({ folder: path, keychain: async () => undefined, passphrase: () => passphrase });
    await expect(secrets.readSecret('a', signal)).rejects.toMatchObject(wrong);
    passphrase = 'wrong';
    await expect(secrets.readSecret('a', signal)).rejects.toMatchObject(wrong);
    passphrase = 'correct horse';
    expect(await secrets.readSecret('a', signal)).toBe(canary);
  });

  it('a damaged file, or one under another name, is told and stops nothing else', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('secrets');
    const secrets = secretsIn(path, 'correct horse');
    for (const name of ['a', 'b', 'c', 'd']) await secrets.storeSecret(name, `${canary}${name}`, signal);
    const a = readFileSync(`${path}/a`, 'utf8');
    writeFileSync(`${path}/a`, `${a.slice(0, 30)}`);
    renameSync(`${path}/b`, `${path}/renamed`);
    const c = readFileSync(`${path}/c`, 'utf8');
    writeFileSync(
      `${path}/c`,
      c.replace(/"data":"./, (text) => (text.endsWith('A') ? '"data":"B' : '"data":"A')),
    );
    const later = secretsIn(path, 'correct horse');
    await expect(later.readSecret('a', signal)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(later.readSecret('renamed', signal)).rejects.toMatchObject({ code: 'wrong-password' });
    await expect(later.readSecret('c', signal)).rejects.toMatchObject({ code: 'wrong-password' });
    expect(await later.readSecret('d', signal)).toBe(`${canary}d`);
    expect(await later.storeSecret('e', 'new', signal)).toBe('encrypted-file');
  });

  it('a file that asks for endless work is refused', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('secrets');
    await secretsIn(path, 'correct horse').storeSecret('a', canary, signal);
    const text = readFileSync(`${path}/a`, 'utf8');
    writeFileSync(`${path}/a`, text.replace('"N":32768', `"N":${2 ** 30}`));
    await expect(secretsIn(path, 'correct horse').readSecret('a', signal)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it.skipIf(process.platform === 'win32')(
    'a file that is open to others is told, and does not keep others from use',
    async () => {
      await using folder = await temporaryFolder();
      const path = folder.at('secrets');
      await secretsIn(path, undefined).storeSecret('open', canary, signal);
      chmodSync(`${path}/open`, 0o644);
      const secrets = secretsIn(path, 'correct horse');
      expect(await secrets.storeSecret('a', 'x', signal)).toBe('encrypted-file');
      await expect(secrets.readSecret('open', signal)).rejects.toMatchObject({ code: 'permission' });
    },
  );
});

describe('environmentPassphrase', () => {
  it('comes from a variable, or from the first line of a file', async () => {
    await using folder = await temporaryFolder();
    const file = folder.at('passphrase');
    const read = (text: string) => {
      writeFileSync(file, text);
      return environmentPassphrase({ HOLDFAST_PASSPHRASE_FILE: file });
    };
    expect(environmentPassphrase({})).toBeUndefined();
    expect(environmentPassphrase({ HOLDFAST_PASSPHRASE: '', HOLDFAST_PASSPHRASE_FILE: '' })).toBeUndefined();
    expect(environmentPassphrase({ HOLDFAST_PASSPHRASE: ' p ', HOLDFAST_PASSPHRASE_FILE: '/none' })).toBe(' p ');
    expect(read(' two words \r\nmore\n')).toBe(' two words ');
    expect(() => read('\nx')).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    const missing = { HOLDFAST_PASSPHRASE_FILE: folder.at('none') };
    expect(() => environmentPassphrase(missing)).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});
