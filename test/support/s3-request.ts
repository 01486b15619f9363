/** A signed request to an S3 store that is not made by the backend under test: to prepare buckets, and to look at what lies there. */
import aws4 from 'aws4';

export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface S3User {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** @param path "/bucket/key?versions" */
export async function s3Request(
  url: string,
  user: S3User,
  method: string,
  path: string,
  body: string | Buffer = '',
): Promise<S3Answer> {
  const headers = s3Headers(url, user, { method, path, body });
  const answer = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body.length === 0 ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** With a signature for this body, whatever is sent then. */
export function s3Headers(
  url: string,
  user: S3User,
  {
    method,
    path,
    body,
    headers = {},
  }: {
    readonly method: string;
    readonly path: string;
    readonly body: string | Buffer;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Record<string, string> {
  const { host } = new URL(url);
  const signed = aws4.sign(
    { service: 's3', region: 'us-east-1', method, path, host, body, headers: { ...headers } },
    user,
  );
  return Object.fromEntries(Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)]));
}
