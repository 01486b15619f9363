/** Where an S3 repository lies: `https://host:port/bucket/prefix`, or without a scheme (https), as restic writes it behind "s3:". */
import { isIP } from 'node:net';
import { HoldfastError } from '../../base/errors.ts';

export interface S3Location {
  /** Of the bucket, with a slash at its end. */
  readonly url: URL;
  readonly bucket: string;
  /** Before every key: empty, or with a slash at its end. */
  readonly prefix: string;
  /** What the host's name says of the region, as at Amazon. */
  readonly region: string | undefined;
}

const dnsHosts = /(^|\.)amazonaws\.com(\.cn)?$|(^|\.)aliyuncs\.com$/;

/**
 * @param lookup whether the bucket is named in the path or in the host; `auto` knows whose stores want which
 * @throws `invalid-input` for a text that is none
 */
export function parseS3Location(rest: string, lookup: string): S3Location {
  // Without a scheme a % stands for itself, as in restic.
  const text = /^https?:\/\//i.test(rest) ? rest : `https://${rest.replace(/^\/\//, '').replaceAll('%', '%25')}`;
  const url = URL.parse(text);
  const [bucket = '', ...below] = (url?.pathname ?? '').split('/').filter((part) => part !== '');
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || !/^[a-z0-9A-Z][\w.-]{1,254}$/.test(bucket)) {
    throw new HoldfastError('invalid-input', `"s3:${isPlain ? rest : '…'}" names no bucket.`, {
      hint: 'Write s3:https://host/bucket/prefix. Keys belong into the credentials, not into the address.',
    });
  }
  if (!['auto', 'path', 'dns'].includes(lookup)) {
    throw new HoldfastError('invalid-input', `bucketLookup is "${lookup}".`, { hint: 'It can be auto, path or dns.' });
  }
  const inHost = lookup === 'dns' || (lookup === 'auto' && dnsHosts.test(url.hostname) && !bucket.includes('.'));
  const region = /^s3[.-](?:dualstack\.)?([a-z0-9-]+)\.amazonaws\.com/.exec(url.hostname)?.[1];
  if (inHost && isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) {
    throw new HoldfastError(
      'invalid-input',
      `A bucket cannot be named in the host ${url.hostname}: it is an IP address.`,
      {
        hint: 'Set bucketLookup to path.',
      },
    );
  }
  const base = inHost
    ? new URL(`${url.protocol}//${bucket}.${url.host}/`)
    : new URL(`${url.protocol}//${url.host}/${bucket}/`);
  return {
    url: base,
    bucket,
    prefix: below.length === 0 ? '' : `${below.map(decoded).join('/')}/`,
    region: region === 'external-1' ? undefined : region,
  };
}

/** A stray % stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
