import { chownSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../../src/source/mod.ts';
import { selfSigned } from '../../support/certificate.ts';
import { databaseConfig } from '../../support/databases/dumps.ts';
import { startMariadb } from '../../support/databases/mariadb.ts';
import { startPostgres } from '../../support/databases/postgresql.ts';
import { startRedis } from '../../support/databases/redis.ts';
import { freePort, unprivileged } from '../../support/databases/server-process.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';
import { requireTool } from '../../support/tools.ts';

const signal = new AbortController().signal;
const password = 'secret';
const tools = ['openssl', 'pg_ctlcluster', 'mariadbd', 'redis-server'] as const;
const areThere = tools.map((name) => requireTool(name)).every((path) => path !== undefined);

interface Server {
  readonly config: Record<string, unknown>;
  readonly end: () => Promise<void>;
}

/** Each with and without TLS, by the names of files. */
const starts: Record<string, (files?: { readonly cert: string; readonly key: string }) => Promise<Server>> = {
  postgresql: async (files) => {
    const ssl = files === undefined ? [] : ['ssl=on', `ssl_cert_file=${files.cert}`, `ssl_key_file=${files.key}`];
    const server = await startPostgres(password, ssl);
    return { config: { port: server.port, user: 'postgres' }, end: async () => server[Symbol.asyncDispose]() };
  },
  mysql: async (files) => {
    const server = await startMariadb(
      password,
      files === undefined ? ['--skip-ssl'] : [`--ssl-cert=${files.cert}`, `--ssl-key=${files.key}`],
    );
    return { config: { port: server.port, user: 'backup' }, end: async () => server[Symbol.asyncDispose]() };
  },
  redis: async (files) => {
    const port = await freePort();
    const tls = [
      `tls-port ${port}`,
      `tls-cert-file ${files?.cert}`,
      `tls-key-file ${files?.key}`,
      'tls-auth-clients no',
    ];
    const server = await startRedis(password, files === undefined ? [] : [...tls, `tls-ca-cert-file ${files.cert}`]);
    return {
      config: { port: files === undefined ? server.port : port },
      end: async () => server[Symbol.asyncDispose](),
    };
  },
};

describe.skipIf(!areThere)('TLS', () => {
  let folder: TemporaryFolder;
  const files = { cert: '', key: '', other: '' };
  beforeAll(async () => {
    folder = await temporaryFolder();
    const [own, other] = await Promise.all([selfSigned('IP:127.0.0.1'), selfSigned('IP:127.0.0.1')]);
    for (const [name, content] of Object.entries({ ...own, other: other.cert })) {
      const path = folder.at(`${name}.pem`);
      writeFileSync(path, content, { mode: 0o600 });
      Object.assign(files, { [name]: path });
    }
    const { uid, gid } = unprivileged('postgres', 'nobody');
    if (uid === undefined || gid === undefined) return;
    for (const path of [folder.path, ...Object.values(files)]) chownSync(path, uid, gid);
  });
  afterAll(() => folder?.[Symbol.asyncDispose]());

  it.each(Object.keys(starts))('is demanded, and the certificate is checked: %s', async (engine) => {
    const server = await starts[engine]!(files);
    const plain = await starts[engine]!();
    try {
      const test = (of: Server, tls?: object) =>
        testDatabase(databaseConfig({ engine, ...of.config, ...(tls === undefined ? {} : { tls }) }), {
          password,
          signal,
        });
      expect(await test(server, { caFile: files.cert })).toMatch(/^\d+\./);
      expect(await test(plain)).toMatch(/^\d+\./);
      await expect(test(server, { caFile: files.other })).rejects.toMatchObject({ code: 'network' });
      const refused = { code: engine === 'redis' ? 'timeout' : 'network' }; // a plain Redis says nothing to a handshake
      await expect(test(plain, {})).rejects.toMatchObject(refused);
      if (engine !== 'redis') await expect(test(plain, { caFile: files.cert })).rejects.toMatchObject(refused);
    } finally {
      await server.end();
      await plain.end();
    }
  });
});
