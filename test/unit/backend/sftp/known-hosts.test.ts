import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, keyType, knownKeys, knownName } from '../../../../src/backend/sftp/known-hosts.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { requireTool } from '../../../support/tools.ts';

const keys = (text: string, host = 'nas', port = 22) => [...knownKeys([text], knownName(host, port)).trusted];

describe('known_hosts', () => {
  it.each([
    ['nas ssh-ed25519 AAAA comment', ['AAAA']],
    ['other,nas,10.0.0.1 ssh-rsa BBBB', ['BBBB']],
    ['NAS ssh-ed25519 AAAA', ['AAAA']],
    ['n?s ssh-ed25519 AAAA', ['AAAA']],
    ['*,!nas ssh-ed25519 AAAA', []],
    ['nasty ssh-ed25519 AAAA', []],
    ['[nas]:2222 ssh-ed25519 AAAA', []],
    ['# nas ssh-ed25519 AAAA', []],
    ['@cert-authority nas ssh-ed25519 AAAA', []],
    ['nas ssh-ed25519', []],
    ['nas ssh-ed25519 AAAA\nnas ssh-rsa BBBB\n', ['AAAA', 'BBBB']],
  ])('%s', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it('names another port with the host', () => {
    expect(keys('[nas]:2222 ssh-ed25519 AAAA', 'nas', 2222)).toEqual(['AAAA']);
    expect(keys('nas ssh-ed25519 AAAA', 'nas', 2222)).toEqual([]);
  });

  it('keeps revoked keys apart, for any host too', () => {
    const { trusted, revoked } = knownKeys(
      ['nas ssh-rsa GOOD\n@revoked nas ssh-rsa BAD\n@revoked * ssh-rsa WORSE'],
      'nas',
    );
    expect([[...trusted], [...revoked]]).toEqual([['GOOD'], ['BAD', 'WORSE']]);
  });
});

const keygen = requireTool('ssh-keygen');

describe.skipIf(keygen === undefined)('as ssh-keygen sees it', () => {
  it('hashed names are found, fingerprints are the same', async () => {
    await using folder = await temporaryFolder();
    const run = (...args: string[]) => spawnSync('ssh-keygen', args, { encoding: 'utf8' });
    run('-q', '-t', 'ed25519', '-N', '', '-f', folder.at('key'));
    const [type = '', base64 = ''] = readFileSync(folder.at('key.pub'), 'utf8').split(' ');
    writeFileSync(folder.at('known'), `nas ${type} ${base64}\n[nas]:2222 ${type} ${base64}\n`);
    run('-H', '-f', folder.at('known'));
    const hashed = readFileSync(folder.at('known'), 'utf8');
    expect(hashed).not.toContain('nas');
    expect([keys(hashed), keys(hashed, 'nas', 2222), keys(hashed, 'other')]).toEqual([[base64], [base64], []]);
    const blob = Buffer.from(base64, 'base64');
    expect(run('-l', '-f', folder.at('key.pub')).stdout).toContain(fingerprintOf(blob));
    expect(keyType(blob)).toBe('ssh-ed25519');
    expect(keyType(Buffer.from([0, 0, 0, 200]))).toBe('unknown');
  });
});
