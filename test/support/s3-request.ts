/** A signed request to an S3 store that is not made by the backend under test: to prepare buckets, and to look at what lies there. */
import aws4 from 'aws4';

export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** @param path "/bucket/key?versions" */
export async function s3Request(
  url: string,
  user: { readonly accessKeyId: string; readonly secretAccessKey: string },
  method: string,
  path: string,
  body = '',
): Promise<S3Answer> {
  const { host } = new URL(url);
  const { headers } = aws4.sign({ service: 's3', region: 'us-east-1', method, path, host, body }, user);
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]),
    ...(body === '' ? {} : { body }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
