import { describe, expect, it } from 'vitest';
import { isHoldfastError } from '../../../../src/base/errors.ts';
import { parseBaseUrl, requestUrl, urlPath } from '../../../../src/remote/http/base-url.ts';

describe('a base URL', () => {
  it.each([
    ['https://backup.example', 'https://backup.example/x?a=1'],
    [' https://backup.example/ ', 'https://backup.example/x?a=1'],
    ['https://backup.example:8443/api/3/', 'https://backup.example:8443/api/3/x?a=1'],
    ['http://127.0.0.1:80/api//', 'http://127.0.0.1/api/x?a=1'],
    ['http://[::1]:8080', 'http://[::1]:8080/x?a=1'],
    ['http://localhost', 'http://localhost/x?a=1'],
  ])('%s is kept before the path', (text, url) => {
    expect(requestUrl(parseBaseUrl(text, false), '/x', { a: 1, b: undefined }).href).toBe(url);
  });

  it.each([
    'backup.example',
    'ftp://backup.example',
    'file:///etc/passwd',
    'https://',
    'https://user:hidden@backup.example',
    'https://hidden@backup.example',
    'https://backup.example/?token=hidden',
    'https://backup.example/#hidden',
    'http://backup.example',
    'http://127.0.0.1.example',
    'http://10.0.0.1',
  ])('%s is refused, and not repeated', (text) => {
    try {
      parseBaseUrl(text, false);
    } catch (error) {
      if (!isHoldfastError(error, 'invalid-input')) throw error;
      expect(`${error.message}${error.hint}`).not.toContain('hidden');
      return;
    }
    expect.fail('was taken');
  });

  it('may be unencrypted where that is allowed', () => {
    expect(parseBaseUrl('http://nas.local', true).href).toBe('http://nas.local/');
  });
});

describe('a path', () => {
  it('encodes its parts', () => {
    expect(urlPath`/servers/${'a/b ?#%ü'}/backups/${7}`).toBe('/servers/a%2Fb%20%3F%23%25%C3%BC/backups/7');
  });

  it.each(['', '.', '..'])('cannot hold "%s"', (part) => {
    expect(() => urlPath`/servers/${part}`).toThrow(/cannot be a name/);
  });

  it.each(['x', '/../x', '/a/..', '/a/%2e%2E/b', '/a\\..\\b', '/a?b=c', '/a#b'])('%s is refused', (path) => {
    expect(() => requestUrl(new URL('https://backup.example/api'), path)).toThrow(/cannot be used/);
  });

  it('stays on the host', () => {
    expect(requestUrl(new URL('https://backup.example/'), '//evil.example/x').host).toBe('backup.example');
  });
});
