/**
 * Row 25 in a bucket: its policy lets a key list, read and add, and remove nothing but locks. Whoever has only that key backs up, and takes
 * nothing back.
 *
 * The policy alone does not keep such a key from writing over what is there without If-None-Match, which Holdfast never does. Who fears that
 * has the bucket keep versions, or lock what is put into it (test/ceph/s3.test.ts).
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { Holdfast } from '../support/holdfast.ts';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { type SeededRandom, seededRandom } from '../support/random.ts';
import { sha256 } from '../support/rest-client.ts';
import { type S3User, s3Headers, s3Request } from '../support/s3-request.ts';
import { type Acknowledged, judge, keepCopy, snapshotIn } from './judge.ts';
import { type Figure, mustBeZero, type TortureContext } from './row.ts';
import { ceph, countOf, type RepositoryOnStore } from './stores.ts';

const folders = ['data/00', 'index', 'keys', 'snapshots'];

interface Bucket {
  readonly url: string;
  readonly name: string;
  /** May only add. */
  readonly member: S3User;
}

export async function appendOnlyBucket({ short, seed }: TortureContext, store: RepositoryOnStore): Promise<Figure[]> {
  const { url, owner, stranger: member } = await ceph();
  const name = new URL(store.restic.repository.slice('s3:'.length)).pathname.slice(1);
  const bucket: Bucket = { url, name, member };
  const source = store.folder.at('source');
  makeTree(source, { files: 20, bytes: 500_000, seed });
  const acknowledged: Acknowledged[] = [];
  const wrong: string[] = [];
  const backUp = async (run: Holdfast['run']): Promise<void> => {
    mutateTree(source, `${seed} ${acknowledged.length}`);
    const copy = keepCopy(store, source);
    const { code, stdout, stderr } = await run(['backup', '--json', source]);
    const id = snapshotIn(stdout);
    if (code === 0 && id !== undefined) acknowledged.push({ id, source, copy });
    else wrong.push(`backup: exit ${code}: ${stderr.slice(-500)}`);
  };
  const theirs = programOf(bucket, store);

  for (let n = 0; n < 2; n++) await backUp((args) => store.run('holdfast', args));
  const { status, text } = await s3Request(url, owner, 'PUT', `/${name}?policy`, policyOf(name));
  if (status !== 204) throw new Error(`the policy was not taken: ${status} ${text}`);
  await backUp((args) => theirs.run(args));
  const before = await filesOf(bucket, owner);
  for (const args of [
    ['forget', '--keep-last', '1', '--prune'],
    ['forget', 'latest'],
    ['prune', '--max-unused', '0'],
  ]) {
    const { code, stderr } = await theirs.run(args);
    const isTold = code === 0 ? args[0] === 'prune' : stderr.includes('only takes new files');
    if (!isTold) wrong.push(`${args.join(' ')}: exit ${code}: ${stderr.slice(-500)}`);
  }
  const granted = await attempts(bucket, [...before.keys()], short ? 10 : 200, seededRandom(`row 25 s3 ${seed}`));
  const after = await filesOf(bucket, owner);
  return [
    mustBeZero('attempts that were not refused', granted),
    mustBeZero('jobs that failed, or said what is not so', wrong),
    mustBeZero(
      'files that changed',
      [...before].filter(([path, tag]) => after.get(path) !== tag).map(([path]) => path),
    ),
    mustBeZero(
      'partial files',
      [...after.keys()].filter((path) => !before.has(path)),
    ),
    mustBeZero('locks left', Array(await countOf(store, 'lock')).fill('a lock')),
    mustBeZero(`acknowledged snapshots lost (of ${acknowledged.length})`, await judge(store, acknowledged)),
  ];
}

function programOf({ member }: Bucket, { folder, restic }: RepositoryOnStore): Holdfast {
  const home = folder.at('member');
  mkdirSync(home);
  const environment = { AWS_ACCESS_KEY_ID: member.accessKeyId, AWS_SECRET_ACCESS_KEY: member.secretAccessKey };
  return new Holdfast({ home, repository: restic.repository, password: restic.password, environment });
}

function policyOf(bucket: string): string {
  const user = (name: string) => ({ AWS: [`arn:aws:iam:::user/${name}`] });
  const Principal = user('stranger');
  const at = (path = '') => `arn:aws:s3:::${bucket}${path}`;
  const Statement = [
    {
      Effect: 'Allow',
      Principal,
      Action: ['s3:ListBucket', 's3:GetObject', 's3:PutObject'],
      Resource: [at(), at('/*')],
    },
    { Effect: 'Allow', Principal, Action: ['s3:DeleteObject'], Resource: [at('/locks/*')] },
    // Ceph: files belong to who has written them.
    { Effect: 'Allow', Principal: user('owner'), Action: ['s3:*'], Resource: [at(), at('/*')] },
  ];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

/** All but locks, with the store's hash of each. */
async function filesOf({ url, name }: Bucket, owner: S3User): Promise<Map<string, string>> {
  const { text } = await s3Request(url, owner, 'GET', `/${name}?list-type=2`);
  const entries = text.matchAll(/<Key>([^<]+)<\/Key>.*?<ETag>([^<]+)<\/ETag>/gs);
  return new Map(
    [...entries].map(([, key = '', tag = '']) => [key, tag] as const).filter(([key]) => !/^locks/.test(key)),
  );
}

/** Says what the program never would. @returns what was not refused */
async function attempts(
  bucket: Bucket,
  paths: readonly string[],
  rounds: number,
  random: SeededRandom,
): Promise<string[]> {
  const { url, name, member } = bucket;
  const granted: string[] = [];
  const expect4xx = (what: string, status: number): void => {
    if (status < 400 || status > 499) granted.push(`${what}: ${status}`);
  };
  const ask = async (method: string, path: string, body = '') =>
    expect4xx(`${method} ${path}`, (await s3Request(url, member, method, `/${name}${path}`, body)).status);
  for (let round = 0; round < rounds; round++) {
    const victim = random.pick(paths);
    await ask('DELETE', `/${victim}`);
    await removeMany(bucket, [victim, random.pick(paths)]); // says so of each: what is gone is seen later
    const free = `/${random.pick(folders)}/${sha256(random.bytes(8))}`;
    expect4xx(`other content for ${free}`, await saveOther(bucket, free, random));
    await abort(bucket, free, random);
    const { status } = await save(bucket, `/${victim}`, random.bytes(100), { 'if-none-match': '*' });
    expect4xx(`overwrite of ${victim}`, status);
  }
  await ask('PUT', '?policy', policyOf(name).replace('"s3:GetObject"', '"s3:*"'));
  await ask('DELETE', '?policy');
  await ask('DELETE', '');
  return granted;
}

async function removeMany({ url, name, member }: Bucket, keys: readonly string[]): Promise<void> {
  const body = `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`;
  const md5 = createHash('md5').update(body).digest('base64');
  const path = `/${name}?delete`;
  const headers = s3Headers(url, member, { method: 'POST', path, body, headers: { 'content-md5': md5 } });
  await (await fetch(`${url}${path}`, { method: 'POST', headers, body })).text();
}

/** Signed for one content, sent with another of the same length. */
async function saveOther(bucket: Bucket, path: string, random: SeededRandom): Promise<number> {
  const length = random.integer(1, 2_000_000);
  return (await save(bucket, path, random.bytes(length), {}, random.bytes(length))).status;
}

async function save(
  { url, name, member }: Bucket,
  path: string,
  body: Buffer,
  more: Readonly<Record<string, string>>,
  sent = body,
): Promise<Response> {
  const headers = s3Headers(url, member, { method: 'PUT', path: `/${name}${path}`, body, headers: more });
  const answer = await fetch(`${url}/${name}${path}`, { method: 'PUT', headers, body: new Uint8Array(sent) });
  await answer.text();
  return answer;
}

/** Begins an upload that is right so far, and goes away. */
async function abort({ url, name, member }: Bucket, path: string, random: SeededRandom): Promise<void> {
  const body = random.bytes(random.integer(1, 2_000_000));
  const signed = s3Headers(url, member, { method: 'PUT', path: `/${name}${path}`, body });
  const headers = { ...signed, 'content-length': body.length };
  const upload = request(`${url}/${name}${path}`, { method: 'PUT', headers });
  upload.on('error', () => undefined);
  const isSent = new Promise((resolve) => upload.write(body.subarray(0, random.integer(0, body.length - 1)), resolve));
  await Promise.race([isSent, once(upload, 'close')]);
  if (random.chance(0.5)) upload.socket?.resetAndDestroy();
  else upload.destroy();
}
