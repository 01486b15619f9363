import { describe, expect, it } from 'vitest';
import { parseS3Location } from '../../../../src/backend/s3/location.ts';

const parsed = (text: string, lookup = 'auto') => {
  const { url, bucket, prefix, region } = parseS3Location(text, lookup);
  return [url.href, bucket, prefix, region];
};

describe('an S3 location', () => {
  it.each([
    ['https://host:9000/bucket', 'https://host:9000/bucket/', 'bucket', ''],
    ['http://127.0.0.1:7480/bucket/a/b/', 'http://127.0.0.1:7480/bucket/', 'bucket', 'a/b/'],
    ['https://host/bucket/a%20b', 'https://host/bucket/', 'bucket', 'a b/'],
    ['https://host/bucket/50%', 'https://host/bucket/', 'bucket', '50%/'],
    ['host/bucket/a b%20c', 'https://host/bucket/', 'bucket', 'a b%20c/'],
  ])('%s', (text, url, bucket, prefix) => {
    expect(parsed(text)).toEqual([url, bucket, prefix, undefined]);
  });

  it('names the bucket in the host at Amazon, or where it is told to', () => {
    expect(parsed('s3.eu-west-1.amazonaws.com/bucket/x')).toEqual([
      'https://bucket.s3.eu-west-1.amazonaws.com/',
      'bucket',
      'x/',
      'eu-west-1',
    ]);
    expect(parsed('s3.amazonaws.com/bucket')[0]).toBe('https://bucket.s3.amazonaws.com/');
    expect(parsed('s3.amazonaws.com/bu.cket')[0]).toBe('https://s3.amazonaws.com/bu.cket/');
    expect(parsed('https://host/bucket', 'dns')[0]).toBe('https://bucket.host/');
    expect(parsed('s3.amazonaws.com/bucket', 'path')[0]).toBe('https://s3.amazonaws.com/bucket/');
  });

  it.each(['', 'host', 'host/', 'https://key:secret@host/bucket', 'https://host/bucket?x=1', 'host/-b'])(
    '"%s" is none',
    (text) => {
      expect(() => parseS3Location(text, 'auto')).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    },
  );

  it('does not repeat secrets, and knows its look-ups', () => {
    expect(() => parseS3Location('https://key:canary@host/bucket', 'auto')).not.toThrow(/canary/);
    expect(() => parseS3Location('host/bucket', 'magic')).toThrow(/magic/);
  });
});
