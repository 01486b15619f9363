import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../src/server/backups/public-address.ts';
import { type SafeFetchOptions, safeFetch } from '../../../src/server/backups/safe-fetch.ts';

const { signal } = new AbortController();
const strict: SafeFetchOptions = { allowHosts: [], mostBytes: 1_000_000, mostMs: 10_000, signal };

async function site(listener: RequestListener) {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(text: string, options: SafeFetchOptions): Promise<string> {
  const { content } = await safeFetch(text, options);
  return Buffer.concat(await Array.fromAsync(content)).toString();
}

describe('safeFetch', () => {
  it.each([
    'http://127.0.0.1/x',
    'http://127.1/x',
    'http://2130706433/x',
    'http://0x7f000001/x',
    'http://0177.0.0.1/x',
    'http://0.0.0.0/x',
    'http://10.1.2.3/x',
    'http://100.64.0.1/x',
    'http://169.254.169.254/latest/meta-data/',
    'http://172.31.255.255/x',
    'http://192.168.0.1/x',
    'http://198.18.0.1/x',
    'http://224.0.0.1/x',
    'http://255.255.255.255/x',
    'http://[::1]/x',
    'http://[::]/x',
    'http://[::ffff:127.0.0.1]/x',
    'http://[::ffff:8.8.8.8]/x',
    'http://[64:ff9b::7f00:1]/x',
    'http://[2002:7f00:1::]/x',
    'http://[2001:0:7f00:1::]/x',
    'http://[fe80::1]/x',
    'http://[fc00::1]/x',
    'http://[ff02::1]/x',
    'https://127.0.0.1/x',
    'http://localhost/x',
    'http://LOCALHOST/x',
    'http://user:password@8.8.8.8/x',
    'ftp://8.8.8.8/x',
    'file:///etc/passwd',
    'gopher://8.8.8.8/',
    'nonsense',
    '',
  ])('refuses %j', async (url) => {
    await expect(safeFetch(url, strict)).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('refuses a name of which one address is private', async () => {
    const resolve = async () => ['8.8.8.8', '127.0.0.1'];
    await expect(safeFetch('http://two.example/x', { ...strict, resolve })).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  it('connects to the address that was checked, whatever the name means a moment later', async () => {
    const hosts: (string | undefined)[] = [];
    await using local = await site((request, response) => {
      hosts.push(request.headers.host);
      response.end('what was checked');
    });
    // Allowed by its name; the resolver answers once, and then another address where nothing listens.
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    const asked: string[] = [];
    const resolve = async (host: string) => {
      asked.push(host);
      return answers.shift() ?? [];
    };
    const name = `rebinding.example:${local.port}`;
    expect(await read(`http://${name}/x`, { ...strict, allowHosts: [name], resolve })).toBe('what was checked');
    expect([asked, hosts]).toEqual([['rebinding.example'], [name]]);
  });

  it('is not led to a private address by a name that turns after it was checked', async () => {
    let reached = false;
    await using local = await site((_, response) => {
      reached = true;
      response.end('secret');
    });
    const answers = [['192.0.9.1'], ['127.0.0.1']];
    const resolve = async () => answers.shift() ?? ['127.0.0.1'];
    const turning = safeFetch(`http://turning.example:${local.port}/x`, { ...strict, mostMs: 500, resolve });
    await expect(turning).rejects.toMatchObject({ code: expect.stringMatching(/network|timeout/) });
    expect(reached).toBe(false);
  });

  it('checks every redirect again, and follows five at most', async () => {
    await using local = await site((request, response) => {
      const [, to = ''] = /to=(.*)$/.exec(request.url ?? '') ?? [];
      response.writeHead(to === '' ? 200 : 302, to === '' ? {} : { location: decodeURIComponent(to) });
      response.end('here');
    });
    const allowed = { ...strict, allowHosts: [local.host] };
    expect(await read(`${local.url}/?to=${encodeURIComponent('/next')}`, allowed)).toBe('here');
    for (const to of ['http://169.254.169.254/latest', 'file:///etc/passwd', `http://localhost:${local.port}/`]) {
      const led = safeFetch(`${local.url}/?to=${encodeURIComponent(to)}`, allowed);
      await expect(led).rejects.toMatchObject({ code: 'invalid-input' });
    }
    await using round = await site((_, response) => {
      response.writeHead(302, { location: '/again' });
      response.end();
    });
    await expect(safeFetch(round.url, { ...strict, allowHosts: [round.host] })).rejects.toThrow(
      /one address to the next/,
    );
  });

  it('caps bytes and time, and tells one that breaks off', async () => {
    await using local = await site((request, response) => {
      if (request.url === '/large') response.end(Buffer.alloc(2_000_000));
      else if (request.url === '/cut') {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half');
        setTimeout(() => response.destroy(), 20);
      } else if (request.url === '/slow') response.write('a');
      else response.writeHead(404).end();
    });
    const allowed = { ...strict, allowHosts: [local.host] };
    await expect(read(`${local.url}/large`, allowed)).rejects.toMatchObject({ code: 'no-space' });
    await expect(read(`${local.url}/cut`, allowed)).rejects.toMatchObject({ code: 'network' });
    await expect(read(`${local.url}/slow`, { ...allowed, mostMs: 300 })).rejects.toMatchObject({ code: 'timeout' });
    await expect(read(`${local.url}/none`, allowed)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('sends nothing of ours', async () => {
    let headers: object = {};
    await using local = await site((request, response) => {
      headers = request.headers;
      response.end();
    });
    await read(`${local.url}/x?signature=1`, { ...strict, allowHosts: [local.host] });
    expect(Object.keys(headers).sort()).toEqual(['accept-encoding', 'connection', 'host', 'user-agent']);
  });

  it('ends at once when it is cancelled', async () => {
    const cancel = new AbortController();
    await using local = await site(() => cancel.abort(new Error('enough')));
    const fetched = safeFetch(local.url, { ...strict, allowHosts: [local.host], signal: cancel.signal });
    await expect(fetched).rejects.toThrow('enough');
  });
});

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
    'takes %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it('takes no IPv6 form of a private IPv4 address', () => {
    const part = fc.nat(255);
    fc.assert(
      fc.property(fc.constantFrom('10', '127', '192.168'), part, part, part, (start, a, b, c) => {
        const four = [...start.split('.'), a, b, c].slice(0, 4).join('.');
        const hex = four
          .split('.')
          .map((one) => Number(one).toString(16).padStart(2, '0'))
          .join('');
        const [high, low] = [hex.slice(0, 4), hex.slice(4)];
        for (const six of [`::ffff:${four}`, `::${four}`, `64:ff9b::${high}:${low}`, `2002:${high}:${low}::1`]) {
          expect(isPublicAddress(six)).toBe(false);
        }
      }),
    );
  });
});
