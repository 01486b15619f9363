import { describe, expect, it } from 'vitest';
import { destinationKind, withoutLogin } from '../../../src/config/destination.ts';

describe('the kind of a location', () => {
  it.each([
    ['/mnt/disk', 'local'],
    ['C:\\backup', 'local'],
    ['./a:b', 'local'],
    ['sftp:me@host:/path', 'sftp'],
    ['S3:https://host/bucket', 's3'],
    ['rest:https://host/', 'rest'],
  ])('%s is %s', (location, kind) => {
    expect(destinationKind(location)).toBe(kind);
  });
});

describe('a login in a location', () => {
  it('is taken out of it, decoded', () => {
    expect(withoutLogin('rest:https://me:p%40ss:word@host:8000/a@b/')).toEqual({
      location: 'rest:https://host:8000/a@b/',
      login: { username: 'me', password: 'p@ss:word' },
    });
    expect(withoutLogin('rest:http://me@host/')).toEqual({ location: 'rest:http://host/', login: { username: 'me' } });
    expect(withoutLogin('rest:http://me:%zz@host/').login).toEqual({ username: 'me', password: '%zz' });
  });

  it.each(['rest:https://host/a@b', 'sftp:me@host:/path', '/a:b@c', 's3:https://host/bucket'])(
    'is not seen in %s',
    (location) => {
      expect(withoutLogin(location)).toEqual({ location, login: {} });
    },
  );
});
