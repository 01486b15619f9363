import { describe, expect, it } from 'vitest';
import { Redactor } from '../../../../src/remote/http/redactor.ts';

describe('the redactor', () => {
  it.each([
    ['Bearer s3cret/+ "x"', 's3cret/+ "x"'],
    ['s3cret/+ "x"', 's3cret/+ "x"'],
    [`Basic ${Buffer.from('user:s3cret/+ "x"').toString('base64')}`, 's3cret/+ "x"'],
  ])('finds the secret of "%s" in every encoding', (value, secret) => {
    const redactor = new Redactor();
    redactor.add(value);
    const base64 = Buffer.from(secret).toString('base64');
    for (const form of [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret),
      base64,
      value,
      base64.replaceAll('+', '-').replaceAll('/', '_'),
    ]) {
      expect(redactor.redact(`a ${form} b`)).toMatch(/^a "?\[redacted\]"?=* b$/);
    }
  });

  it('quotes 300 characters, without cutting a secret in half', () => {
    const redactor = new Redactor();
    redactor.add('token-0123456789');
    const quoted = redactor.quote(`${'é'.repeat(290)}token-0123456789${'x'.repeat(100)}`);
    expect(quoted).toBe(`"${'é'.repeat(290)}[redacted]"…`);
  });

  it('leaves texts alone for credentials that are none', () => {
    const redactor = new Redactor();
    redactor.add('abc');
    redactor.add('');
    expect(redactor.redact('abc')).toBe('abc');
  });
});
