/** What is true of the server's routes as a whole. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<string, { security: object[]; tags: string[]; responses: Record<string, unknown> }>
  >;
  readonly components: { readonly schemas: Record<string, unknown> };
}

let server: TestServer;
let document: OpenApi;

beforeAll(async () => {
  server = await startTestServer({ scopes: [] });
  document = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi;
});

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ path, verb: verb.toUpperCase(), operation })),
  );

describe('the routes of the server', () => {
  it('are told by an OpenAPI document, each API of them', () => {
    expect(document.openapi).toBe('3.1.0');
    for (const route of [
      ['GET', '/organizations/backup/detail/{sid}'],
      ['POST', '/fa/api/v0/backup'],
      ['POST', '/api/client/servers/{server}/backups/{backup}/restore'],
      ['GET', '/stacks/{stack}/backups/{backup}/files/{file}'],
      ['POST', '/restic/{repo}/{type}/{name}'],
      ['GET', '/metrics'],
    ]) {
      expect(operations().map(({ verb, path }) => `${verb} ${path}`)).toContain(route.join(' '));
    }
    const used = [...JSON.stringify(document.paths).matchAll(/schemas\/(\w+)/g)].map(([, name]) => name!);
    expect(used.length).toBeGreaterThan(8);
    for (const name of used) expect(document.components.schemas).toHaveProperty(name);
  });

  it('let nobody in without a credential, but for health, metrics, the document and links', async () => {
    const open = [
      '/healthz',
      '/metrics',
      '/openapi.json',
      '/download/once/{secret}/{name}',
      '/download/{backup}/{part}',
    ];
    expect(
      operations()
        .filter(({ operation }) => operation.security.length === 0)
        .map(({ path }) => path)
        .sort(),
    ).toEqual([...open].sort());
    for (const { path, verb, operation } of operations()) {
      if (operation.security.length === 0) continue;
      const url = `${server.url}${path.replace('{type}', 'data').replaceAll(/\{\w+\}/g, 'x')}`;
      const { status } = await fetch(url, { method: verb });
      expect([verb, path, status]).toEqual([verb, path, expect.toBeOneOf([401, 405])]);
    }
  });

  it('answer what is no route by 404 as JSON', async () => {
    const response = await fetch(`${server.url}/nothing/here`);
    expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
      404,
      'not-found',
    ]);
  });

  it('take no request that is too large, and no JSON that poisons prototypes', async () => {
    const token = await server.token('admin');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const large = await fetch(`${server.url}/stacks/x/backups`, {
      method: 'POST',
      headers,
      body: JSON.stringify('x'.repeat(2_000_000)),
    });
    expect(large.status).toBe(413);
    const poison = await fetch(`${server.url}/stacks/x/backups`, {
      method: 'POST',
      headers,
      body: '{"__proto__": {"a": 1}}',
    });
    expect(poison.status).toBe(400);
  });

  it('count what was asked and done at /metrics', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/holdfast_http_requests_total\{route="\/openapi.json",method="GET",status="200"\} 1/);
    expect(text).toContain('process_resident_memory_bytes');
  });
});
