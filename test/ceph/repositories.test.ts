/** Repositories in Ceph: what we write there restic checks and restores, and the other way round; and what becomes of backups when Ceph fails in the middle. */
import { mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { openS3Backend } from '../../src/backend/s3/s3-backend.ts';
import { handleFor } from '../contract/backend-contract.ts';
import { programsOf, proveBothWays } from '../support/both-ways.ts';
import { type Ceph, startCeph } from '../support/ceph.ts';
import { compareTrees } from '../support/compare-trees.ts';
import { Holdfast } from '../support/holdfast.ts';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { Restic } from '../support/restic.ts';
import { s3Request } from '../support/s3-request.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

const isMissing = (['radosgw', 'restic'] as const).some((tool) => requireTool(tool) === undefined);
const never = new AbortController().signal;

describe.skipIf(isMissing)('Ceph', () => {
  let ceph: Ceph;
  let folder: TemporaryFolder;
  let ours: Holdfast;
  let restic: Restic;
  let store: Backend;
  let source: string;
  let count = 0;

  beforeAll(async () => {
    ceph = await startCeph();
  });
  afterAll(() => ceph[Symbol.asyncDispose]());
  beforeEach(async () => {
    folder = await temporaryFolder();
    source = folder.at('source');
    const home = folder.at('home');
    mkdirSync(home);
    const rest = `${ceph.url}/repositories/of-laptop/${count++}`;
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = ceph.owner;
    const environment = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
    const repository = `s3:${rest}`;
    ours = new Holdfast({ home, repository, password: 'password', environment });
    restic = new Restic({ home, repository, password: 'password', environment });
    store = openS3Backend(rest, { location: repository, credentials: { ...ceph.owner } }, { stallMs: 1500 });
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const packs = async (): Promise<number> => (await Array.fromAsync(store.list('data', never))).length;
  /** Begins a backup; resolves when it has stored its first packs. */
  const begun = async (kill?: AbortSignal) => {
    const running = ours.run(['backup', source, '--json'], kill === undefined ? {} : { kill });
    while ((await packs()) < 2) await pause(20);
    return { running };
  };
  const proven = async (): Promise<void> => {
    const check = await restic.check();
    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining('no errors were found')]);
    await ours.ok(['restore', 'latest', '--target', folder.at('back')]);
    expect(compareTrees(source, `${folder.at('back')}${source}`)).toEqual([]);
  };

  it('keeps what we write for restic, and what restic writes for us', async () => {
    await proveBothWays({ source, at: (name) => folder.at(name), ...programsOf(ours, restic) }, 'ceph');
  });

  it('reads and goes on with a repository that restic has made', async () => {
    makeTree(source, { files: 40, bytes: 3_000_000, seed: 'by restic' });
    await restic.init();
    await restic.backup([source]);
    await ours.ok(['check', '--read-data']);
    mutateTree(source, 2);
    await ours.backup([source]);
    await proven();
  });

  it('object lock is extended by check on what snapshots need, and on nothing else', async () => {
    const place = `locked-bucket/r${count}`;
    const at = (days: number): string[] => ['-r', `s3:${ceph.url}/${place}`, '-o', `s3.retentionDays=${days}`];
    makeTree(source, { files: 4, bytes: 100_000, seed: 'forgotten' });
    await ours.ok(['init', ...at(2)]);
    await ours.ok(['backup', source, ...at(2)]);
    const until = async () => {
      const { text } = await s3Request(ceph.url, ceph.owner, 'GET', `/locked-bucket?prefix=r${count}/`);
      const keys = [...text.matchAll(/<Key>([^<]+)/g)].map(([, key = '']) => key).filter((key) => !/locks/.test(key));
      const times = keys.map(async (key) => {
        const { text: told } = await s3Request(ceph.url, ceph.owner, 'GET', `/locked-bucket/${key}?retention`);
        return [key, Date.parse(/<RetainUntilDate>([^<]+)/.exec(told)?.[1] ?? '')] as const;
      });
      return new Map(await Promise.all(times));
    };
    const forgotten = await until();
    makeTree(folder.at('other'), { files: 4, bytes: 100_000, seed: 'needed' });
    await ours.ok(['backup', folder.at('other'), ...at(2)]);
    await ours.ok(['forget', '--path', source, '--unsafe-allow-remove-all', ...at(2)]);
    const before = await until();
    await ours.ok(['check', '--extend-object-lock', ...at(30)]);
    const after = await until();
    const extended = [...after].filter(([key, ms]) => ms > (before.get(key) ?? 0)).map(([key]) => key);
    const isOld = (key: string): boolean => /data|index/.test(key) && forgotten.has(key);
    expect(extended.toSorted()).toEqual([...before.keys()].filter((key) => !isOld(key)).toSorted());
    expect([...before.keys()].filter(isOld).length).toBeGreaterThanOrEqual(2);
    for (const key of extended) expect(after.get(key)).toBeGreaterThan(Date.now() + 29 * 24 * 3_600_000);
  });

  it('gateway killed in the middle of a backup and started again: the backup goes on', async () => {
    makeTree(source, { files: 40, bytes: 64_000_000, seed: 'gateway' });
    await ours.ok(['init']);
    const { running } = await begun();
    await ceph.killGateway();
    await ceph.startGateway();
    const result = await running;
    expect([result.code, result.stdout]).toEqual([0, expect.stringContaining('"summary"')]);
    await proven();
  });

  it('gateway killed for good: the backup never says it is done, and the next one heals', async () => {
    makeTree(source, { files: 40, bytes: 64_000_000, seed: 'gateway for good' });
    await ours.ok(['init']);
    const kill = new AbortController();
    const { running } = await begun(kill.signal);
    await ceph.killGateway();
    const list = await ours.run(['snapshots', '--no-cache']);
    expect([list.code, list.stderr]).toEqual([1, expect.stringContaining('nothing listens there')]);
    kill.abort();
    const { code, stdout } = await running;
    expect([code, stdout.includes('"summary"')]).toEqual([137, false]);
    await ceph.startGateway();
    await ours.ok(['unlock', '--remove-all']);
    expect(await ours.json(['snapshots'])).toEqual([]);
    await ours.backup([source]);
    await proven();
  });

  it('two of three OSDs killed: the stall is noticed in time; the backup goes on when they are back', async () => {
    makeTree(source, { files: 40, bytes: 64_000_000, seed: 'osds' });
    await ours.ok(['init']);
    const { running } = await begun();
    await ceph.killOsds(1, 2);
    const bytes = Buffer.from('stalled');
    const startedMs = performance.now();
    await expect(store.save(handleFor('data', bytes), bytes, never)).rejects.toMatchObject({
      code: 'timeout',
      retry: 'backoff',
      message: expect.stringContaining('nothing moved for 2 seconds'),
    });
    expect(performance.now() - startedMs).toBeLessThan(6000);
    await ceph.startOsds(1, 2);
    const result = await running;
    expect([result.code, result.stdout]).toEqual([0, expect.stringContaining('"summary"')]);
    // What the gateway was given while it could not store it may have arrived after all, as it was sent.
    const again = await store.save(handleFor('data', bytes), bytes, never).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (again !== undefined) expect(again).toMatchObject({ code: 'exists' });
    expect(Buffer.from(await store.read(handleFor('data', bytes), never))).toEqual(bytes);
    await store.remove(handleFor('data', bytes), never);
    await proven();
  });

  it('two of three OSDs killed, and the user stops the backup: it says so; the next one heals', async () => {
    makeTree(source, { files: 40, bytes: 64_000_000, seed: 'osds for good' });
    await ours.ok(['init']);
    const kill = new AbortController();
    const { running } = await begun(kill.signal);
    await ceph.killOsds(0, 2);
    kill.abort();
    const { code, stdout } = await running;
    expect([code, stdout.includes('"summary"')]).toEqual([137, false]);
    await ceph.startOsds(0, 2);
    await ours.ok(['unlock', '--remove-all']);
    expect(await ours.json(['snapshots'])).toEqual([]);
    await ours.backup([source]);
    await proven();
  });
});
