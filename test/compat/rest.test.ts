/** The restic program against our data plane: everything it does to a repository, by what its token may. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../support/certificate.ts';
import { compareTrees } from '../support/compare-trees.ts';
import { Holdfast } from '../support/holdfast.ts';
import { seededRandom } from '../support/random.ts';
import { Restic } from '../support/restic.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';
import { requireTool } from '../support/tools.ts';

const installed = requireTool('restic') !== undefined;

/** A server with a scope, and restic as its admin, with something to back up. */
async function restOf(options: Partial<TestServerOptions> = {}) {
  const server = await startTestServer({ scopes: [{ id: 'laptop', dialect: 'restic' }], ...options });
  const home = server.folder.at('home');
  mkdirSync(home);
  const source = server.folder.at('source');
  mkdirSync(source);
  const random = seededRandom('rest');
  for (let n = 0; n < 20; n++) writeFileSync(`${source}/${n}`, random.bytes(n * 40_000));
  const as = async (role: 'admin' | 'member' | 'public', scope = 'laptop') =>
    new Restic({ repository: await addressOf(server, role, scope), password: 'password', home });
  return { server, source, as, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function addressOf(server: TestServer, role: 'admin' | 'member' | 'public', scope: string): Promise<string> {
  return `rest:${server.url.replace('//', `//user:${await server.token(role)}@`)}/restic/${scope}/`;
}

describe.skipIf(!installed)('restic on the data plane', { timeout: 180_000 }, () => {
  it('does everything as an admin; our engine opens the same folder', async () => {
    await using rest = await restOf({
      scopes: [
        { id: 'laptop', dialect: 'restic' },
        { id: 'copy', dialect: 'restic' },
      ],
    });
    const { server, source } = rest;
    const restic = await rest.as('admin');
    await restic.init();
    expect((await restic.run(['init'])).stderr).toContain('config file already exists');
    await restic.backup([source]);
    writeFileSync(`${source}/more`, 'more');
    await restic.backup([source]);
    const target = server.folder.at('restored');
    await restic.restore('latest', target);
    expect(compareTrees(source, `${target}${source}`)).toEqual([]);
    expect((await restic.check()).code).toBe(0);

    const copy = await rest.as('admin', 'copy');
    await copy.init();
    // restic 0.14 copies from its repository to the second one.
    await restic.ok(['copy', '--repo2', copy.repository], { env: { RESTIC_PASSWORD2: 'password' } });
    expect(await copy.snapshots()).toHaveLength(2);

    await restic.ok(['forget', '--keep-last', '1', '--prune', '--max-unused', '0']);
    await restic.ok(['rebuild-index', '--read-all-packs']);
    expect(await restic.snapshots()).toHaveLength(1);
    expect((await restic.check()).code).toBe(0);
    const ours = new Holdfast({
      home: server.folder.at('home'),
      repository: server.repository('laptop'),
      password: 'password',
    });
    await ours.ok(['check', '--read-data']);
    expect(server.faults).toEqual([]);
  });

  it('backs up as a member, and cannot take anything back; as a reader it restores', async () => {
    await using rest = await restOf();
    const { server, source } = rest;
    const [admin, member, reader] = [await rest.as('admin'), await rest.as('member'), await rest.as('public')];
    await member.init(1);
    await member.backup([source]);
    await member.backup([source]);
    const before = await admin.snapshots();
    // It tries for minutes, and says why.
    const forget = await member.run(['forget', '--keep-last', '1', '--prune'], { kill: AbortSignal.timeout(5000) });
    expect(forget.stderr).toContain('403 Forbidden');
    expect((await member.run(['unlock', '--remove-all'])).code).toBe(0);
    expect(await admin.snapshots()).toEqual(before);
    const writing = await reader.run(['backup', '--no-cache', source], { kill: AbortSignal.timeout(5000) });
    expect(writing.code).not.toBe(0);
    expect(writing.stderr).toContain('403 Forbidden');
    const target = server.folder.at('restored');
    await reader.restore('latest', target, ['--no-lock', '--no-cache']);
    expect(compareTrees(source, `${target}${source}`)).toEqual([]);
    expect((await admin.check()).code).toBe(0);
    expect(server.faults).toEqual([]);
  });

  it('says what is the matter: the quota, and a token that is none', async () => {
    await using rest = await restOf({
      scopes: [{ id: 'laptop', dialect: 'restic', limits: { storedBytes: 100_000 } }],
    });
    const restic = await rest.as('admin');
    await restic.init();
    const backup = await restic.run(['backup', rest.source], { kill: AbortSignal.timeout(5000) });
    expect(backup.code).not.toBe(0);
    expect(backup.stderr).toContain('413 Payload Too Large');
    const wrong = new Restic({ ...restic, repository: restic.repository.replace(/.@/, '_@') });
    expect((await wrong.run(['snapshots'])).stderr).toContain('401');
    await restic.ok(['unlock', '--remove-all']);
  });

  it.skipIf(requireTool('openssl') === undefined)('works over TLS with --cacert', async () => {
    const tls = await selfSigned('IP:127.0.0.1');
    await using rest = await restOf({ tls });
    const certificate = rest.server.folder.at('cert.pem');
    writeFileSync(certificate, tls.cert);
    const restic = await rest.as('admin');
    expect(restic.repository).toMatch(/^rest:https:/);
    const trusting = ['--cacert', certificate];
    await restic.ok([...trusting, 'init']);
    await restic.ok([...trusting, 'backup', rest.source]);
    await restic.ok([...trusting, 'check', '--read-data']);
  });
});
