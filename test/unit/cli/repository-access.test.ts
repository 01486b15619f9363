import { chmodSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { askPassword } from '../../../src/cli/ask-password.ts';
import { readLine } from '../../../src/cli/given-password.ts';
import { Output } from '../../../src/cli/output.ts';
import { findPassword, findRepository, openFromContext } from '../../../src/cli/repository-access.ts';
import type { Context } from '../../../src/cli/verb.ts';
import { claimFolder } from '../../../src/platform/claim-folder.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';
import { codeOf, messageFrom, never } from '../repository/test-repository.ts';
import { capture, environment } from './capture.ts';

/** The machine's own keychain is never touched. */
vi.mock('../../../src/platform/keychain.ts', () => ({ loadKeychain: async () => undefined }));

const names = ['REPOSITORY', 'REPOSITORY_FILE', 'PASSWORD', 'PASSWORD_FILE', 'PASSWORD_COMMAND'];
const unset = Object.fromEntries(
  ['HOLDFAST', 'RESTIC'].flatMap((program) => names.map((name) => [`${program}_${name}`, undefined])),
);

function contextOf(globals: Partial<Context['globals']> = {}): Context {
  return {
    globals: { lock: true, cache: true, json: false, quiet: false, verbose: 0, debug: false, ...globals },
    output: new Output({ json: false, verbosity: 1, debug: false }),
    cwd: '/',
    signal: never,
  };
}

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
  return async () => folder[Symbol.asyncDispose]();
});

function file(name: string, text: string): string {
  const path = folder.at(name);
  writeFileSync(path, text);
  return path;
}

describe('the location', () => {
  it.each([
    ['HOLDFAST_REPOSITORY', 'RESTIC_REPOSITORY'],
    ['HOLDFAST_REPOSITORY_FILE', 'RESTIC_REPOSITORY'],
    ['HOLDFAST_REPOSITORY', 'RESTIC_REPOSITORY_FILE'],
    ['HOLDFAST_REPOSITORY', 'HOLDFAST_REPOSITORY_FILE'],
    ['RESTIC_REPOSITORY', 'RESTIC_REPOSITORY_FILE'],
  ])('%s goes before %s', (first, second) => {
    const value = (name: string, place: string): string =>
      name.endsWith('FILE') ? file(place, `/${place}\n`) : `/${place}`;
    using _env = environment({ ...unset, [first]: value(first, 'first'), [second]: value(second, 'second') });
    expect(findRepository({ infix: '' })).toEqual({ location: '/first', isDefault: false });
    using _one = environment({ [first]: '' });
    expect(findRepository({ infix: '' })).toEqual({ location: '/second', isDefault: false });
    expect(findRepository({ infix: '', repo: '/option' })).toEqual({ location: '/option', isDefault: false });
    expect(findRepository({ infix: '', repositoryFile: file('third', '/file') })?.location).toBe('/file');
  });

  it('is the default one where nothing names one, but not for a second repository', async () => {
    using _env = environment({ ...unset, HOLDFAST_DATA_DIR: folder.path });
    expect(findRepository({ infix: '' })).toEqual({ location: join(folder.path, 'repository'), isDefault: true });
    expect(findRepository({ infix: 'FROM_' })).toBeUndefined();
    expect(await codeOf(() => findRepository({ infix: '', repo: '' }))).toBe('invalid-input');
    expect(await codeOf(() => findRepository({ infix: '', repositoryFile: folder.at('gone') }))).toBe('not-found');
  });
});

describe('the password', () => {
  const place = { location: '/x', isDefault: false };
  const find = (options: object = {}): Promise<string> => findPassword(contextOf(), { infix: '', ...options }, place);

  it.each([
    ['HOLDFAST_PASSWORD_FILE', 'HOLDFAST_PASSWORD_COMMAND'],
    ['HOLDFAST_PASSWORD_COMMAND', 'HOLDFAST_PASSWORD'],
    ['HOLDFAST_PASSWORD', 'RESTIC_PASSWORD_FILE'],
    ['HOLDFAST_PASSWORD', 'RESTIC_PASSWORD_COMMAND'],
    ['RESTIC_PASSWORD_FILE', 'RESTIC_PASSWORD'],
  ])('of %s goes before %s', async (first, second) => {
    const value = (name: string, text: string): string =>
      name.endsWith('FILE') ? file(text, `${text}\n`) : name.endsWith('COMMAND') ? `printf ${text}` : text;
    using _env = environment({ ...unset, [first]: value(first, 'first'), [second]: value(second, 'second') });
    expect(await find()).toBe('first');
    expect(await find({ passwordFile: file('option', 'option') })).toBe('option');
    expect(await find({ passwordCommand: 'printf "from a command"' })).toBe('from a command');
    using _one = environment({ [first]: undefined });
    expect(await find()).toBe('second');
  });

  it.each([
    ['a line end', 'secret\n'],
    ['another system’s line end', 'secret\r\n'],
    ['white space around it, as restic reads it', '\n  secret \n\n'],
    ['a byte order mark', '\ufeffsecret\n'],
  ])('in a file with %s', (_, text) => expect(readLine(file('password', text))).toBe('secret'));

  it('that is empty, or that cannot be had, is an error that shows no secret', async () => {
    using _env = environment(unset);
    expect(await codeOf(() => find({ passwordFile: file('empty', '\n') }))).toBe('invalid-input');
    expect(await codeOf(() => find({ passwordFile: folder.at('gone') }))).toBe('not-found');
    expect(await codeOf(() => find({ passwordCommand: '' }))).toBe('invalid-input');
    const failed = await messageFrom(() => find({ passwordCommand: 'sh -c "echo canary; echo canary >&2; exit 3"' }));
    expect(failed).toContain('sh');
    expect(failed).not.toContain('canary');
  });

  it('is not asked for without a terminal', async () => {
    using _env = environment(unset);
    expect(process.stdin.isTTY).not.toBe(true);
    expect(await codeOf(find)).toBe('invalid-input');
    expect(await messageFrom(() => askPassword({ prompt: '? ', confirm: false, signal: never }))).toContain('terminal');
  });
});

describe('the default repository', () => {
  const folders = () => ({
    ...unset,
    HOLDFAST_DATA_DIR: join(folder.path, 'data'),
    HOLDFAST_CONFIG_DIR: join(folder.path, 'config'),
  });

  it('is made once, where it may be; its password is in a file for nobody else', async () => {
    using _env = environment(folders());
    expect(await codeOf(() => openFromContext(contextOf()))).toBe('no-repository');
    const made = await capture(() => openFromContext(contextOf(), { make: true }));
    expect(made.stderr).toContain('Keep a copy of that password');
    const secrets = join(folder.path, 'config', 'secrets');
    const [secret] = readdirSync(secrets);
    expect(readdirSync(secrets)).toHaveLength(1);
    expect(statSync(join(secrets, secret!)).mode & 0o777).toBe(0o600);
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
    expect(made.stderr).not.toContain(readLine(join(secrets, secret!)));
    expect(statSync(join(folder.path, 'data', 'repository')).mode & 0o077).toBe(0);
    const again = await capture(() => openFromContext(contextOf(), { make: true }));
    expect(again.stderr).toBe('');
    expect(again.result.config.id).toBe(made.result.config.id);
    chmodSync(join(secrets, secret!), 0o644);
    expect(await codeOf(() => openFromContext(contextOf()))).toBe('permission');
  });

  it('two that make it at once get the same, and its password is kept', async () => {
    using _env = environment(folders());
    const { result } = await capture(() =>
      Promise.all([1, 2, 3].map(() => openFromContext(contextOf(), { make: true }))),
    );
    expect(new Set(result.map((repository) => repository.config.id)).size).toBe(1);
    const opened = await openFromContext(contextOf());
    expect(opened.config.id).toBe(result[0]!.config.id);
    expect(readdirSync(join(folder.path, 'data'))).toEqual(['repository']);
  });
});

describe('a claim', () => {
  it('is held by one at a time; a left-over one is taken over', async () => {
    const path = folder.at('claim');
    const first = await claimFolder(path, { signal: never });
    let got = false;
    const second = claimFolder(path, { signal: never }).then((claim) => {
      got = true;
      return claim;
    });
    await expect(claimFolder(path, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    expect(got).toBe(false);
    await first[Symbol.asyncDispose]();
    await (await second)[Symbol.asyncDispose]();
    mkdirSync(path);
    const longAgo = Date.now() / 1000 - 200;
    utimesSync(path, longAgo, longAgo);
    await (await claimFolder(path, { signal: AbortSignal.timeout(1000) }))[Symbol.asyncDispose]();
    expect(readdirSync(folder.path)).toEqual([]);
  });
});
