import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreDatabase } from '../../../src/source/mod.ts';
import { type AgentProfile, agentProfile, type RunningAgent } from '../../support/agent.ts';
import { chunksOf, databaseConfig } from '../../support/databases/dumps.ts';
import { type PostgresServer, startPostgres } from '../../support/databases/postgresql.ts';
import { runOk } from '../../support/run-process.ts';
import { requireTool } from '../../support/tools.ts';

const restic = requireTool('restic');
const isThere = requireTool('pg_ctlcluster') !== undefined && restic !== undefined;
const password = 'quite-secret-1';

describe.skipIf(!isThere)('a plan of a database', () => {
  let profile: AgentProfile;
  let agent: RunningAgent;
  let server: PostgresServer;
  beforeAll(async () => {
    [server, profile] = await Promise.all([startPostgres(password), agentProfile()]);
    agent = await profile.start();
  });
  afterAll(async () => {
    await profile?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it('is backed up by the agent; restic gives the dump back, and it goes into the server again', async () => {
    await server.sql('postgres', 'CREATE DATABASE app');
    await server.sql(
      'app',
      'CREATE TABLE t AS SELECT n, repeat(md5(n::text), 50) AS words FROM generate_series(1, 2000) n',
    );
    const { client, signal } = agent;
    const database = { engine: 'postgresql', host: '127.0.0.1', port: server.port, user: 'postgres' } as const;
    const databases = [{ ...database, passwordSecret: 'database-app', databases: ['app'] }];
    const plan = await agent.addPlan({ name: 'App', sources: [], databases });
    const run = () => agent.run(plan.id);

    // No password, no backup: what to do is said.
    const failed = await run();
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'unauthenticated' } });
    expect(failed.error?.hint).toContain('holdfast settings secret database-app');
    await client.settings.setSecret({ params: { name: 'database-app' }, body: { value: password }, signal });
    expect(await run()).toMatchObject({ state: 'done' });

    const env = { ...profile.env, RESTIC_REPOSITORY: profile.repository, RESTIC_PASSWORD: profile.password() };
    const dump = await runOk(restic ?? '', ['dump', '-q', 'latest', '/postgresql/app.sql'], { env });
    expect(dump.stdout).toContain('COPY public.t');
    const before = await server.sql('app', 'SELECT count(*), md5(string_agg(t::text, $$|$$ ORDER BY n)) FROM t');
    await server.sql('postgres', 'DROP DATABASE app');
    await restoreDatabase(databaseConfig(database), {
      entryPath: '/postgresql/app.sql',
      content: chunksOf(Buffer.from(dump.stdout)),
      password,
      signal,
    });
    expect(await server.sql('app', 'SELECT count(*), md5(string_agg(t::text, $$|$$ ORDER BY n)) FROM t')).toBe(before);

    // A dump that does not end well makes no snapshot.
    await server.stop();
    expect(await run()).toMatchObject({ state: 'failed', error: { code: 'network' } });
    expect(await agent.snapshots({ planId: plan.id })).toHaveLength(1);
    await runOk(restic ?? '', ['check', '--read-data'], { env });
    expect(agent.output).not.toContain(password);
  });
});
