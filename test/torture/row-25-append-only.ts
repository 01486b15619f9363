/**
 * Row 25: who may only append can take nothing back, changes nothing that is there, and leaves no part of anything. Of our server; with --over s3
 * also of a bucket whose policy says so.
 */

import { type SeededRandom, seededRandom } from '../support/random.ts';
import { filesBelow, type RestClient, restClient, sha256 } from '../support/rest-client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { appendOnlyBucket } from './append-only-bucket.ts';
import { type Figure, mustBeZero, type TortureContext, type TortureRow } from './row.ts';
import { onEachStore } from './stores.ts';

const types = ['data', 'index', 'keys', 'snapshots'];

export const row: TortureRow = {
  row: 25,
  promise: 'An append-only server really is: delete, overwrite, wrong hash, aborted upload',
  async run(context) {
    const figures = await ofOurServer(context);
    if (!context.over.includes('s3')) return figures;
    const ofBucket = await onEachStore({ ...context, over: ['s3'] }, (store) => appendOnlyBucket(context, store));
    return [...figures, ...ofBucket];
  },
};

async function ofOurServer({ short, seed, log }: TortureContext): Promise<Figure[]> {
  const random = seededRandom(`row 25 ${seed}`);
  const rounds = short ? 40 : 1000;
  await using server = await startTestServer({ scopes: [{ id: 'kept', dialect: 'restic' }] });
  const client = restClient(`${server.url}/restic/kept/`, await server.token('member'));
  await client.ask('POST', '?create=true');
  await client.save('config', 'the configuration');
  const names = ['config', ...(await fill(client, random))];
  const before = await contents(client, names);
  const files = filesBelow(server.repository('kept')).join('\n');
  const wrong: string[] = [];
  const expect4xx = (what: string, status: number): void => {
    if (status < 400 || status > 499) wrong.push(`${what}: ${status}`);
  };
  for (let round = 0; round < rounds; round++) {
    const victim = random.pick(names);
    expect4xx(`DELETE ${victim}`, (await client.ask('DELETE', victim)).status);
    expect4xx(`overwrite of ${victim}`, await client.save(victim, random.bytes(random.integer(0, 300_000))));
    const type = random.pick(types);
    const other = random.bytes(random.integer(1, 2_000_000));
    expect4xx(`wrong hash in ${type}`, await client.save(`${type}/${sha256(random.bytes(8))}`, other));
    await abort(client, type, random);
  }
  expect4xx('DELETE of the repository', (await client.ask('DELETE', '')).status);
  log(`${rounds} rounds`);
  const left = await settled(server, files);
  const after = await contents(client, names);
  return [
    { figure: 'attempts', value: rounds * 4 + 1, ok: true } satisfies Figure,
    mustBeZero('attempts that were not refused', wrong),
    mustBeZero('partial files', left),
    mustBeZero(
      'files that changed',
      names.filter((_, n) => before[n] !== after[n]),
    ),
    mustBeZero('faults of the server', server.faults),
  ];
}

async function fill(client: RestClient, random: SeededRandom): Promise<string[]> {
  const names: string[] = [];
  for (const type of types) {
    for (let n = 0; n < 5; n++) {
      const content = random.bytes(random.integer(1, 200_000));
      names.push(`${type}/${sha256(content)}`);
      await client.save(names.at(-1)!, content);
    }
  }
  return names;
}

/** Begins an upload that is right so far, and goes away: rudely or not, at any place. */
async function abort(client: RestClient, type: string, random: SeededRandom): Promise<void> {
  const content = random.bytes(random.integer(1, 3_000_000));
  const sent = content.subarray(0, random.integer(0, content.length - 1));
  const socket = await client.begin(`${type}/${sha256(content)}`, sent, random.pick([content.length, 'chunked']));
  if (random.chance(0.5)) await new Promise((resolve) => setTimeout(resolve, random.integer(0, 10)));
  if (random.chance(0.5)) socket.resetAndDestroy();
  else socket.destroy();
}

async function contents(client: RestClient, names: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const name of names) all.push(sha256(new Uint8Array(await (await client.ask('GET', name)).arrayBuffer())));
  return all;
}

/** What is there besides, when the last upload was given up. */
async function settled(server: TestServer, files: string): Promise<string[]> {
  const known = new Set(files.split('\n'));
  const others = () => filesBelow(server.repository('kept')).filter((path) => !known.has(path));
  const untilMs = performance.now() + 5000;
  while (others().length > 0 && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 20));
  return others();
}
