/**
 * A proxy before an S3 server that lies in its listings. They come in pages of two entries, each with the store's own token: the proxy asks
 * for each page anew, with a signature of its own.
 */
import { answerOf, brokenLies, type Lie, type Listing, type ListingLiar, startLiar } from './listing-liar.ts';
import type { RawAnswer } from './raw-answer.ts';
import { type S3User, s3Request } from './s3-request.ts';

const pageSize = 2;
const type = 'application/xml';
/** Nothing has that name. */
const ghost = 'ab'.repeat(32);

export interface S3LiarOptions {
  /** `http://127.0.0.1:port`, of the server. */
  readonly url: string;
  readonly user: S3User;
  /** A stale listing is of this time: what came later is not in it. */
  readonly staleMs: number;
}

export async function startS3ListingLiar({ url: server, user, staleMs }: S3LiarOptions): Promise<ListingLiar> {
  const ask = async (path: string): Promise<string> => {
    const { status, text } = await s3Request(server, user, 'GET', path);
    if (status !== 200) throw new Error(`${status} ${text}`);
    return text;
  };
  return await startLiar(Number(new URL(server).port), {
    lies: [...brokenLies, ...liesOf(ask, staleMs)],
    listingOf: (url) => {
      const query = queryOf(url);
      const folder = /(?:^|\/)(data|index|keys|locks|snapshots)\//.exec(query.get('prefix') ?? '')?.[1];
      // One key is asked for to see whether anything is there.
      return folder === undefined || query.has('max-keys') ? undefined : { folder, isFirst: isFirst(url) };
    },
    ask: async ({ url = '/' }) => ({ url, type, body: Buffer.from(await ask(`${url}&max-keys=${pageSize}`)) }),
    madeUp: ghost,
  });
}

/** @param ask for the text of a page */
function liesOf(ask: (path: string) => Promise<string>, staleMs: number): Lie[] {
  const [refused, , cut] = brokenLies;
  return [
    later('second page refused', true, refused!.spoil),
    later('second page cut', true, cut!.spoil),
    {
      name: 'page of another folder',
      isBroken: true,
      spoil: async ({ url }) => {
        const query = queryOf(url);
        query.set('prefix', (query.get('prefix') ?? '').replace(/(data|index|snapshots)\/.*/, 'keys/'));
        query.delete('continuation-token');
        query.delete('start-after');
        return answerOf(type, await ask(`${url.split('?', 1)[0]}?${query}`));
      },
    },
    { name: 'empty', isBroken: false, spoil: emptied },
    later('second page dropped', false, emptied),
    changed('an entry of each page left out', (entries) => entries.slice(1)),
    changed('stale', (entries) =>
      entries.filter((entry) => Date.parse(/<LastModified>([^<]+)/.exec(entry)?.[1] ?? '') < staleMs),
    ),
    changed('each entry twice', (entries) => entries.flatMap((entry) => [entry, entry])),
    changed('wrong sizes', (entries) =>
      entries.map((entry) => entry.replace(/<Size>(\d+)/, (_, size) => `<Size>${Number(size) + 1}`)),
    ),
    changed('an entry that is gone', (entries) => [
      ...entries,
      ...entries.slice(0, 1).map((entry) => entry.replace(/(?:[0-9a-f]{2}(\/|%2F))?[0-9a-f]{64}</, ghostKey)),
    ]),
  ];
}

/** A lie about all pages but the first. */
function later(name: string, isBroken: boolean, spoil: Lie['spoil']): Lie {
  return {
    name,
    isBroken,
    spoil: (truth) => (isFirst(truth.url) ? answerOf(truth.type, truth.body) : spoil(truth)),
  };
}

/** A whole page, but with other entries. */
function changed(name: string, change: (entries: readonly string[]) => readonly string[]): Lie {
  return {
    name,
    isBroken: false,
    spoil: ({ body }) => answerOf(type, withEntries(body.toString(), change(entriesOf(body.toString())))),
  };
}

/** A whole page without entries, the last one. */
function emptied({ body }: Listing): RawAnswer {
  const page = withEntries(body.toString(), []).replace(/<NextContinuationToken>[^<]*<\/NextContinuationToken>/, '');
  return answerOf(type, page.replace(/<IsTruncated>true/, '<IsTruncated>false'));
}

function entriesOf(page: string): string[] {
  return page.match(/<Contents>.*?<\/Contents>/gs) ?? [];
}

function withEntries(page: string, entries: readonly string[]): string {
  return page
    .replace(/<Contents>.*?<\/Contents>/gs, '')
    .replace(/<KeyCount>\d+/, `<KeyCount>${entries.length}`)
    .replace('</ListBucketResult>', `${entries.join('')}</ListBucketResult>`);
}

function ghostKey(_: string, slash: string | undefined): string {
  return `${slash === undefined ? '' : `${ghost.slice(0, 2)}${slash}`}${ghost}<`;
}

function isFirst(url: string): boolean {
  const query = queryOf(url);
  return !query.has('continuation-token') && !query.has('start-after');
}

function queryOf(url: string): URLSearchParams {
  return new URLSearchParams(url.split('?')[1]);
}
