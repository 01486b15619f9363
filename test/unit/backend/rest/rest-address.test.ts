import { describe, expect, it } from 'vitest';
import { parseRestAddress } from '../../../../src/backend/rest/rest-address.ts';
import { openRestBackend } from '../../../../src/backend/rest/rest-backend.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the address of a REST server', () => {
  it.each([
    ['https://host/path/', 'https://host/path/', undefined],
    ['http://host:8000', 'http://host:8000/', undefined],
    ['https://ann:se%3Acret%40@host/a/b', 'https://host/a/b/', basic('ann:se:cret@')],
    ['https://ann@[::1]:8000/', 'https://[::1]:8000/', basic('ann:')],
    ['https://:100%@host/', 'https://host/', basic(':100%')],
  ])('%s', (text, url, authorization) => {
    const address = parseRestAddress(text, {}, {});
    expect([address.url.href, address.authorization]).toEqual([url, authorization]);
  });

  it('takes user and password from the credentials, else the URL, else the environment', () => {
    const environment = { RESTIC_REST_USERNAME: 'env', RESTIC_REST_PASSWORD: 'environment' };
    const given = { username: 'given', password: 'kept' };
    const authorization = (text: string, credentials = {}) =>
      parseRestAddress(text, credentials, environment).authorization;
    expect(authorization('https://host/')).toBe(basic('env:environment'));
    expect(authorization('https://ann:url@host/')).toBe(basic('ann:url'));
    expect(authorization('https://ann:url@host/', given)).toBe(basic('given:kept'));
    expect(authorization('https://ann@host/', { password: 'kept' })).toBe(basic('ann:kept'));
  });

  it.each(['host/path', 'ftp://host/', 'https://', 'https://host/?a=b', 'https://user:secret@ho st/', 'https://h/#x'])(
    'refuses %s without repeating it',
    (text) => {
      expect(() => parseRestAddress(text, {}, {})).toThrow(expect.objectContaining({ code: 'invalid-input' }));
      expect(() => parseRestAddress(text, {}, {})).toThrow(expect.not.stringContaining('secret'));
    },
  );

  it('is shown without user and password', () => {
    const place = { location: 'rest:https://ann:secret@host/path' };
    const backend = openRestBackend('https://ann:secret@host/path', place);
    expect(backend.location).toBe('rest:https://host/path/');
    expect(backend.place).toBe(place);
  });
});
