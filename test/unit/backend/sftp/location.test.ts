import { describe, expect, it } from 'vitest';
import { parseSftpLocation } from '../../../../src/backend/sftp/location.ts';

describe('an SFTP location', () => {
  it.each([
    ['me@host:/srv/backup', { user: 'me', host: 'host', port: undefined, path: '/srv/backup' }],
    ['host:backup', { user: undefined, host: 'host', port: undefined, path: 'backup' }],
    ['me@[::1]:/a:b', { user: 'me', host: '::1', port: undefined, path: '/a:b' }],
    ['//me@host:2222//srv/backup', { user: 'me', host: 'host', port: 2222, path: '/srv/backup' }],
    ['//host/backup', { user: undefined, host: 'host', port: undefined, path: 'backup' }],
    ['//me@[fe80::1]:2222//x', { user: 'me', host: 'fe80::1', port: 2222, path: '/x' }],
  ])('%s', (text, parsed) => {
    expect(parseSftpLocation(text)).toEqual(parsed);
  });

  it.each([
    '',
    'host',
    ':/x',
    '@host:/x',
    'me@host:',
    '//host:0/x',
    '//host:70000/x',
    '-oProxyCommand=x:/y',
    '//me@-x/y',
  ])('"%s" is none', (text) => {
    expect(() => parseSftpLocation(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });
});
