import { createHash } from 'node:crypto';
import { existsSync, linkSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HoldfastError, isHoldfastError } from '../../../src/base/errors.ts';
import { type DownloadOptions, downloadSegments } from '../../../src/remote/http/download.ts';
import type { Segment } from '../../../src/remote/http/fetch-segment.ts';
import { Transport } from '../../../src/remote/http/transport.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { neverMs, PassingClock } from '../../support/passing-clock.ts';
import { seededRandom } from '../../support/random.ts';
import { type Asked, remoteServer } from '../../support/remote-server.ts';
import { runProcess } from '../../support/run-process.ts';
import { limitedFolder, temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const MiB = 1024 * 1024;
const inFlightBytes = 256 * 1024;
const data = seededRandom('download').bytes(3 * MiB);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function transport(clock = new PassingClock()): Transport {
  const timeouts = { connectMs: neverMs, headersMs: neverMs, stallMs: neverMs };
  return new Transport({ clock, random: () => 0.5, userAgent: 'holdfast-test', timeouts });
}

/** One segment of a URL, which counts how often it was opened, and from where. */
function oneSegment(url: string, name = 'tar'): Segment & { readonly opened: number[] } {
  const opened: number[] = [];
  const open = async (fromByte: number) => {
    opened.push(fromByte);
    return { url: `${url}?signature=hidden-${opened.length}`, headers: { authorization: 'Bearer hidden' } };
  };
  return { name, opened, open };
}

/** Serves the bytes as RFC 9110 has it; `cutAfter` bytes the connection breaks. */
function serve(
  asked: Asked,
  response: ServerResponse,
  bytes: Buffer,
  options: { etag?: string; cutAfter?: number } = {},
) {
  const { etag = '"1"', cutAfter } = options;
  const from = Number(/^bytes=(\d+)-$/.exec(asked.headers.range ?? '')?.[1] ?? 0);
  const ifRange = asked.headers['if-range'];
  const isPart = from > 0 && (ifRange === undefined || ifRange === etag);
  const body = isPart ? bytes.subarray(from) : bytes;
  if (isPart && from >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  response.writeHead(isPart ? 206 : 200, {
    'content-length': String(body.length),
    ...(etag === '' ? {} : { etag }),
    ...(isPart ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  if (cutAfter === undefined) response.end(body);
  else response.write(body.subarray(0, cutAfter), () => response.destroy());
}

async function download(options: Pick<DownloadOptions, 'segments' | 'target'> & Partial<DownloadOptions>) {
  return downloadSegments({ transport: transport(), identity: 'remote a, backup 1', signal, ...options });
}

async function failure(work: Promise<unknown>): Promise<HoldfastError> {
  const error = await work.then(
    () => expect.fail('no error'),
    (thrown: unknown) => thrown,
  );
  if (!isHoldfastError(error)) throw error;
  expect(JSON.stringify([error.toJSON(), error.stack])).not.toContain('hidden');
  return error;
}

/** Names beside the target, and the target. */
const around = (target: string) => readdirSync(dirname(target)).sort();

describe('a download', () => {
  it('puts segments together in order, checks them, and leaves nothing behind', async () => {
    await using folder = await temporaryFolder();
    const parts = [data.subarray(0, MiB), data.subarray(MiB, MiB), data.subarray(MiB)];
    await using server = await remoteServer((asked, response) => serve(asked, response, parts[Number(asked.url[1])]!));
    const target = folder.at('backup.tar');
    const progress: number[] = [];
    const result = await download({
      segments: (async function* () {
        for (const at of parts.keys()) yield oneSegment(`${server.url}/${at}`, `tar-a${at}`);
      })(),
      target,
      sizeBytes: data.length,
      checksum: { algorithm: 'sha256', hex: sha256(data).toUpperCase() },
      onProgress: ({ bytesDone, bytesTotal }) => progress.push(bytesDone / (bytesTotal ?? 0)),
    });
    expect(result).toEqual({ bytes: data.length, resumedFrom: 0 });
    expect(readFileSync(target).equals(data)).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(around(target)).toEqual(['backup.tar']);
    expect(progress.at(-1)).toBe(1);
  });

  it('goes on by Range where it broke off, each time with a fresh link', async () => {
    await using folder = await temporaryFolder();
    await using server = await remoteServer((asked, response, count) =>
      serve(asked, response, data, count < 3 ? { cutAfter: 700_000 } : {}),
    );
    const segment = oneSegment(server.url);
    const target = folder.at('x');
    await download({ segments: [segment], target });
    expect(readFileSync(target).equals(data)).toBe(true);
    expect(segment.opened).toHaveLength(4);
    for (const [at, from] of segment.opened.entries()) {
      // What was on its way within this process is lost with the connection.
      expect(from - (segment.opened[at - 1] ?? -700_000)).toBeLessThanOrEqual(700_000);
      expect(from - (segment.opened[at - 1] ?? -700_000)).toBeGreaterThan(700_000 - inFlightBytes);
      const { url, headers } = server.asked[at]!;
      expect(url).toBe(`/?signature=hidden-${at + 1}`);
      expect([headers.range, headers['if-range']]).toEqual(
        at === 0 ? [undefined, undefined] : [`bytes=${from}-`, '"1"'],
      );
    }
  });

  it.each([
    [
      'the ETag changed',
      (asked: Asked, response: ServerResponse, count: number) =>
        serve(
          asked,
          response,
          count === 0 ? Buffer.alloc(data.length) : data,
          count === 0 ? { cutAfter: 5000 } : { etag: '"2"' },
        ),
    ],
    [
      'there are no ranges',
      (asked: Asked, response: ServerResponse, count: number) =>
        serve({ ...asked, headers: {} }, response, data, { etag: '', ...(count < 2 ? { cutAfter: 5000 } : {}) }),
    ],
    [
      'the range is another',
      (asked: Asked, response: ServerResponse, count: number) => {
        if (asked.headers.range === undefined) serve(asked, response, data, count === 0 ? { cutAfter: 5000 } : {});
        else response.writeHead(206, { 'content-range': `bytes 0-9/${data.length}` }).end('0123456789');
      },
    ],
    [
      'the size is another',
      (asked: Asked, response: ServerResponse, count: number) => {
        if (asked.headers.range === undefined)
          serve(asked, response, data, { etag: '', ...(count === 0 ? { cutAfter: 5000 } : {}) });
        else response.writeHead(206, { 'content-range': 'bytes 5000-9999/10000' }).end(Buffer.alloc(5000));
      },
    ],
    [
      'If-Range is not heeded',
      (asked: Asked, response: ServerResponse, count: number) => {
        if (count === 0) serve(asked, response, Buffer.alloc(data.length), { etag: '"0"', cutAfter: 5000 });
        else serve({ ...asked, headers: { range: asked.headers.range } }, response, data);
      },
    ],
  ])('begins anew when %s', async (_, respond) => {
    await using folder = await temporaryFolder();
    await using server = await remoteServer(respond);
    const target = folder.at('x');
    await download({ segments: [oneSegment(server.url)], target });
    expect(readFileSync(target).equals(data)).toBe(true);
  });

  it('goes on after a body that stalled', async () => {
    await using folder = await temporaryFolder();
    await using server = await remoteServer((asked, response, count) => {
      if (count > 0) serve(asked, response, data);
      else response.writeHead(200, { 'content-length': String(data.length), etag: '"1"' }).write(data.subarray(0, MiB));
    });
    const target = folder.at('x');
    const clock = new FakeClock();
    const stalling = new Transport({
      clock,
      random: () => 0.5,
      userAgent: 'holdfast-test',
      timeouts: { stallMs: 40_000 },
    });
    const segment = oneSegment(server.url);
    let bytes = 0;
    const onProgress = ({ bytesDone }: { bytesDone: number }) => {
      bytes = bytesDone;
    };
    const downloading = download({ segments: [segment], target, transport: stalling, onProgress });
    while (bytes < MiB) await delay(1);
    await clock.advance(40_000);
    while (segment.opened.length < 2) {
      await delay(1);
      await clock.advance(10);
    }
    await downloading;
    expect(segment.opened).toEqual([0, MiB]);
    expect(readFileSync(target).equals(data)).toBe(true);
  });

  it('gives up when nothing comes any more, and keeps what it has for the next call', async () => {
    await using folder = await temporaryFolder();
    let isUp = false;
    await using server = await remoteServer((asked, response, count) => {
      if (isUp) serve(asked, response, data);
      else if (count === 0) serve(asked, response, data, { cutAfter: 2 * MiB });
      else response.writeHead(503).end();
    });
    const target = folder.at('x');
    const clock = new PassingClock();
    const error = await failure(download({ segments: [oneSegment(server.url)], target, transport: transport(clock) }));
    expect(error).toMatchObject({ code: 'network', context: { status: 503 } });
    expect(clock.slept).toHaveLength(7);
    expect(around(target)).toEqual(['x.part', 'x.part.json']);
    isUp = true;
    const segment = oneSegment(server.url);
    const result = await download({
      segments: [segment],
      target,
      checksum: { algorithm: 'sha256', hex: sha256(data) },
    });
    expect(result.bytes).toBe(data.length);
    expect(result.resumedFrom).toBeGreaterThan(2 * MiB - inFlightBytes);
    expect(segment.opened).toEqual([result.resumedFrom]);
  });

  it('keeps what it has when it is cancelled, and goes on in the segment it was in', async () => {
    await using folder = await temporaryFolder();
    await using server = await remoteServer((asked, response) => serve(asked, response, data.subarray(0, MiB)));
    const target = folder.at('x');
    const cancel = new AbortController();
    const segments = () => ['a', 'b', 'c'].map((name) => oneSegment(`${server.url}/${name}`, name));
    const onProgress = ({ bytesDone }: { bytesDone: number }) =>
      bytesDone > 1.5 * MiB && cancel.abort(new Error('enough'));
    await expect(download({ segments: segments(), target, onProgress, signal: cancel.signal })).rejects.toThrow(
      'enough',
    );
    const again = segments();
    const { bytes, resumedFrom } = await download({ segments: again, target });
    expect(bytes).toBe(3 * MiB);
    expect(resumedFrom).toBeGreaterThan(1.5 * MiB);
    expect(again.map(({ opened }) => opened)).toEqual([[], [resumedFrom - MiB], [0]]);
  });

  it('is never gone on with for another backup, or another list of segments', async () => {
    await using folder = await temporaryFolder();
    let cutAfter: number | undefined = MiB;
    await using server = await remoteServer((asked, response, count) =>
      serve(asked, response, data, cutAfter !== undefined && count === 0 ? { cutAfter } : {}),
    );
    const target = folder.at('x');
    const begin = async () => {
      const cancel = new AbortController();
      const onProgress = () => cancel.abort(new Error('enough'));
      await expect(
        download({ segments: [oneSegment(server.url)], target, onProgress, signal: cancel.signal }),
      ).rejects.toThrow();
    };
    await begin();
    cutAfter = undefined;
    const other = oneSegment(server.url, 'other');
    expect(await failure(download({ segments: [other], target }))).toMatchObject({ code: 'conflict' });
    expect(around(target)).toEqual([]);
    await begin();
    const second = oneSegment(server.url);
    const result = await download({ segments: [second], target, identity: 'remote a, backup 2' });
    expect(result.resumedFrom).toBe(0);
    expect(readFileSync(target).equals(data)).toBe(true);
  });

  it.each([
    ['another checksum', { checksum: { algorithm: 'sha1', hex: '0'.repeat(40) } }, /its sha1 is another/],
    ['another size', { sizeBytes: data.length + 1 }, /has \d+ bytes/],
    ['more than its size', { sizeBytes: 1000 }, /bytes or more/],
  ] as const)('of %s is removed', async (_, more, message) => {
    await using folder = await temporaryFolder();
    await using server = await remoteServer((asked, response) => serve(asked, response, data));
    const target = folder.at('x');
    const error = await failure(download({ segments: [oneSegment(server.url)], target, ...more }));
    expect(error).toMatchObject({ code: 'corrupt', message: expect.stringMatching(message) });
    expect(error.hint).toContain('ownload it again');
    expect(around(target)).toEqual([]);
  });

  it('leaves what is not its own alone', async () => {
    await using folder = await temporaryFolder();
    await using server = await remoteServer((asked, response) => serve(asked, response, data));
    const target = folder.at('x');
    const run = (more: Partial<DownloadOptions> = {}) =>
      download({ segments: [oneSegment(server.url)], target, ...more });
    writeFileSync(target, 'mine');
    expect(await failure(run())).toMatchObject({ code: 'exists' });
    expect(server.asked).toHaveLength(0);
    expect(readFileSync(target, 'utf8')).toBe('mine');
    await run({ overwrite: true });
    expect(readFileSync(target).equals(data)).toBe(true);

    const precious = folder.at('precious');
    writeFileSync(precious, 'mine');
    for (const [name, make] of [
      ['y', (path: string) => writeFileSync(`${path}.part`, 'mine')],
      ['z', (path: string) => symlinkSync(precious, `${path}.part`)],
      ['u', (path: string) => symlinkSync(precious, `${path}.part.json`)],
      ['v', (path: string) => writeFileSync(`${path}.part.json`, '{"version":2}')],
    ] as const) {
      make(folder.at(name));
      expect(await failure(run({ target: folder.at(name) }))).toMatchObject({ code: 'exists' });
    }
    expect(readFileSync(precious, 'utf8')).toBe('mine');
    expect(readFileSync(folder.at('y.part'), 'utf8')).toBe('mine');
  });

  it('does not replace what appears under its name meanwhile', async () => {
    await using folder = await temporaryFolder();
    await using server = await remoteServer((asked, response) => serve(asked, response, data));
    const target = folder.at('x');
    const onProgress = () => writeFileSync(target, 'mine');
    expect(await failure(download({ segments: [oneSegment(server.url)], target, onProgress }))).toMatchObject({
      code: 'exists',
    });
    expect(readFileSync(target, 'utf8')).toBe('mine');
  });

  it('that was killed between its name and the end of its part is finished', async () => {
    await using folder = await temporaryFolder();
    await using server = await remoteServer((asked, response) => serve(asked, response, data));
    const target = folder.at('x');
    const segments = [oneSegment(server.url)];
    const block = new Error('stop');
    await expect(
      download({
        segments,
        target,
        onProgress: () => {
          throw block;
        },
      }),
    ).rejects.toBe(block);
    linkSync(`${target}.part`, target);
    const result = await download({ segments: [], target });
    expect(result.bytes).toBe(statSync(target).size);
    expect(around(target)).toEqual(['x']);
  });

  it('goes to a target once at a time', async () => {
    await using folder = await temporaryFolder();
    await using server = await remoteServer((asked, response) => serve(asked, response, data));
    const target = folder.at('x');
    const first = download({ segments: [oneSegment(server.url)], target });
    expect(await failure(download({ segments: [oneSegment(server.url)], target }))).toMatchObject({ code: 'conflict' });
    await first;
  });
});

describe('whatever a server does', () => {
  const whole = data.subarray(0, 300_000);
  type Fault = (asked: Asked, response: ServerResponse, at: number) => unknown;
  const faults: Readonly<Record<string, Fault>> = {
    none: (asked, response) => serve(asked, response, whole),
    cut: (asked, response, at) => serve(asked, response, whole, { cutAfter: at }),
    closed: (_, response) => response.destroy(),
    busy: (_, response) => response.writeHead(503, { 'retry-after': '1' }).end(),
    missing: (_, response) => response.writeHead(404).end(),
    empty: (_, response) => response.writeHead(200).end(),
    page: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in</html>'),
    otherVersion: (asked, response, at) => serve(asked, response, Buffer.alloc(400_000), { etag: '"2"', cutAfter: at }),
    noEtag: (asked, response, at) => serve(asked, response, whole, { etag: '', cutAfter: at }),
    wrongRange: (_, response, at) => response.writeHead(206, { 'content-range': `bytes ${at}-299999/300000` }).end('x'),
    nonsense: (_, response, at) =>
      response.writeHead(206, { 'content-range': `bytes x/${at}`, etag: 'W/"1"' }).end('x'),
    unsatisfiable: (_, response, at) => response.writeHead(416, { 'content-range': `bytes */${at}` }).end(),
    loop: (asked, response) => response.writeHead(302, { location: asked.url }).end(),
    raw: (_, response) => response.socket?.end('HTTP/1.1 2x0 nonsense\r\n\r\n'),
  };

  it('the target has the right bytes or is not there, and an error of ours says why', async () => {
    await using folder = await temporaryFolder();
    const fault = fc.tuple(fc.constantFrom(...Object.keys(faults)), fc.integer({ min: 1, max: 300_000 }));
    let plan: readonly (readonly [string, number])[] = [];
    let requests = 0;
    await using server = await remoteServer((asked, response) => {
      const [name, at] = plan[requests++] ?? ['none', 0];
      faults[name]?.(asked, response, at);
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 12 }), async (faulty) => {
        plan = faulty;
        requests = 0;
        const target = folder.at(`x${run++}`);
        const checksum = { algorithm: 'sha256', hex: sha256(whole) } as const;
        // A call that failed is made again, as a user would.
        for (let call = 0; call <= faulty.length && !existsSync(target); call++) {
          try {
            await download({ segments: [oneSegment(server.url)], target, checksum });
          } catch (error) {
            expect(isHoldfastError(error)).toBe(true);
            expect(existsSync(target)).toBe(false);
          }
        }
        expect(readFileSync(target).equals(whole)).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(around(folder.at('x'))).toHaveLength(60);
  });
});

describe('links', () => {
  it('that are encoded twice are tried once decoded', async () => {
    await using folder = await temporaryFolder();
    await using server = await remoteServer((asked, response) => {
      if (asked.url === '/a%2Fb%20c?s=x%3D') serve(asked, response, data);
      else response.writeHead(403).end();
    });
    const url = `${server.url}/a%252Fb%2520c?s=x%253D`;
    await download({ segments: [{ name: 'tar', open: async () => ({ url }) }], target: folder.at('x') });
    expect(server.asked).toHaveLength(2);
    const other = `${server.url}/other%252F`;
    const error = await failure(
      download({ segments: [{ name: 'tar', open: async () => ({ url: other }) }], target: folder.at('y') }),
    );
    expect(error).toMatchObject({ code: 'permission', context: { status: 403 } });
    expect(server.asked).toHaveLength(4);
  });

  it('that lead to another origin take no credential there', async () => {
    await using folder = await temporaryFolder();
    await using store = await remoteServer((asked, response, count) =>
      serve(asked, response, data, count === 0 ? { cutAfter: 5000 } : {}),
    );
    await using server = await remoteServer((_, response) =>
      response.writeHead(302, { location: `${store.url}/x` }).end(),
    );
    const target = folder.at('x');
    await download({ segments: [oneSegment(server.url)], target });
    expect(readFileSync(target).equals(data)).toBe(true);
    expect(server.asked[0]?.headers.authorization).toBe('Bearer hidden');
    expect(JSON.stringify(store.asked)).not.toContain('hidden');
    expect(store.asked[1]?.headers.range).toBe('bytes=5000-');
  });

  it.each(['nonsense', 'file:///etc/passwd', 'http://192.0.2.1/x', 'https://user:hidden@127.0.0.1/'])(
    'like %s are refused',
    async (url) => {
      await using folder = await temporaryFolder();
      const work = download({ segments: [{ name: 'tar', open: async () => ({ url }) }], target: folder.at('x') });
      expect(['unsupported', 'invalid-input']).toContain((await failure(work)).code);
    },
  );
});

describe('a disk that is too small', async () => {
  await using probe = await limitedFolder({ size: '1m' });
  it.skipIf(probe === undefined)('is told of before and while it is filled', async () => {
    await using folder = await limitedFolder({ size: '2m' });
    if (folder === undefined) return;
    await using server = await remoteServer((asked, response) => serve(asked, response, data));
    const target = folder.at('x');
    const known = await failure(download({ segments: [oneSegment(server.url)], target, sizeBytes: data.length }));
    expect(known).toMatchObject({ code: 'no-space', message: expect.stringContaining('bytes more') });
    expect(server.asked).toHaveLength(0);
    const filled = await failure(download({ segments: [oneSegment(server.url)], target }));
    expect(filled).toMatchObject({ code: 'no-space' });
    expect(existsSync(target)).toBe(false);
  });
});

describe('a download that is killed', () => {
  it('is gone on with, and little is fetched again', async () => {
    await using folder = await temporaryFolder();
    const large = seededRandom('killed').bytes(48 * MiB);
    const cutAt = 40 * MiB;
    await using server = await remoteServer((asked, response, count) => {
      if (count > 0) serve(asked, response, large);
      else
        response
          .writeHead(200, { 'content-length': String(large.length), etag: '"1"' })
          .write(large.subarray(0, cutAt));
    });
    const target = folder.at('x');
    const kill = new AbortController();
    const script = new URL('../../fixtures/download-process.ts', import.meta.url).pathname;
    const child = runProcess(process.execPath, [script, server.url, target, 'remote a, backup 1'], {
      kill: kill.signal,
    });
    const partBytes = () => (existsSync(`${target}.part`) ? statSync(`${target}.part`).size : 0);
    while (partBytes() < cutAt) await delay(5);
    kill.abort();
    expect((await child).signal).toBe('SIGKILL');
    expect(around(target)).toEqual([`${basename(target)}.part`, `${basename(target)}.part.json`]);
    const segment = oneSegment(server.url);
    const { resumedFrom } = await download({
      segments: [segment],
      target,
      checksum: { algorithm: 'sha256', hex: sha256(large) },
      sizeBytes: large.length,
    });
    expect(cutAt - resumedFrom).toBeLessThan(16 * MiB);
    expect(segment.opened).toEqual([resumedFrom]);
    expect(server.asked[1]?.headers.range).toBe(`bytes=${resumedFrom}-`);
  });
});
