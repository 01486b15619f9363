/**
 * Searches whose results are fetched page by page.
 *
 *   start ──► an id; the search looks no further than the page that is asked for
 *   page: what was found already, or the search goes on until the page is full or all is searched
 *
 * Guarantees: pages of a search fit together, each path is on one of them; a search that nobody asks for any more ends by
 * itself, and so does the oldest when there are too many. Names stay in memory between searches (NameCatalog), until the last
 * one is gone.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import {
  type FoundPath,
  NameCatalog,
  type NameQuery,
  type Repository,
  type StoredSnapshot,
  searchSnapshots,
} from '../../repository/mod.ts';
import { Kept } from './kept.ts';

export interface SearchRequest {
  /** Whose names are kept: the repository's id. */
  readonly repositoryId: string;
  /** With its index loaded; must stay open as long as the search is kept. */
  readonly repository: Repository;
  readonly snapshots: readonly StoredSnapshot[];
  readonly query: NameQuery;
}

export interface SearchPage {
  readonly found: readonly FoundPath[];
  /** Nothing comes after this page. */
  readonly done: boolean;
  /** More was found than is kept: narrow the search. */
  readonly truncated: boolean;
  /** Folders that could not be read so far. */
  readonly damaged: number;
}

interface Search {
  readonly found: FoundPath[];
  readonly running: AsyncGenerator<FoundPath, void>;
  readonly abort: AbortController;
  /** One page at a time moves the search on. */
  turn: Promise<unknown>;
  ended: boolean;
  truncated: boolean;
  damaged: number;
}

const mostSearches = 8;
const idleMs = 5 * 60_000;
/** A search of everything in many snapshots never ends; whoever wants more narrows it. */
const mostFound = 20_000;
const largestPage = 1000;

export class SearchPages {
  readonly #searches: Kept<Search>;
  readonly #catalogs = new Map<string, NameCatalog>();
  readonly #mostFound: number;

  constructor(options: { readonly clock: Clock; readonly mostFound?: number }) {
    this.#mostFound = options.mostFound ?? mostFound;
    this.#searches = new Kept({ clock: options.clock, most: mostSearches, idleMs, drop: endSearch });
  }

  /** Begins a search; nothing is read before its first page is asked for. Gives its id. */
  start({ repositoryId, repository, snapshots, query }: SearchRequest): string {
    const abort = new AbortController();
    const catalog = this.#catalogs.get(repositoryId) ?? new NameCatalog();
    this.#catalogs.set(repositoryId, catalog);
    const search: Search = {
      found: [],
      running: searchSnapshots({
        repository,
        snapshots,
        query,
        catalog,
        signal: abort.signal,
        onDamaged: () => {
          search.damaged += 1;
        },
      }),
      abort,
      turn: Promise.resolve(),
      ended: false,
      truncated: false,
      damaged: 0,
    };
    const id = randomUUID();
    this.#searches.put(id, search);
    return id;
  }

  /**
   * @param signal ends the waiting for this page; the search itself can go on with the next
   * @throws `not-found` for a search that is over or was dropped; `invalid-input` for its query, or a page that is none
   */
  async page(
    id: string,
    { offset, limit, signal }: { readonly offset: number; readonly limit: number; readonly signal: AbortSignal },
  ): Promise<SearchPage> {
    const search = this.#searches.get(id);
    if (search === undefined) {
      throw new HoldfastError('not-found', 'This search is no longer kept.', { hint: 'Search again.' });
    }
    if (![offset, limit].every((value) => Number.isSafeInteger(value) && value >= 0) || limit > largestPage) {
      throw new HoldfastError('invalid-input', `There is no page of ${limit} results from ${offset} on.`, {
        hint: `A page has up to ${largestPage} results.`,
      });
    }
    const work = search.turn.then(() => this.#goOn(id, search, offset + limit, signal));
    search.turn = work.catch(() => undefined);
    await Promise.race([work, abortOf(signal)]);
    const { found, ended, truncated, damaged } = search;
    return {
      found: found.slice(offset, offset + limit),
      done: ended && offset + limit >= found.length,
      truncated,
      damaged,
    };
  }

  /** Ends a search. One that is over already is no error. */
  cancel(id: string): void {
    this.#searches.remove(id);
    this.#dropCatalogs();
  }

  /** Drops what nobody asked for in a while; to be called every minute or so. */
  sweep(): void {
    this.#searches.sweep();
    this.#dropCatalogs();
  }

  close(): void {
    this.#searches.clear();
    this.#dropCatalogs();
  }

  /** Until so many are found, and one more, which tells whether there is another page. */
  async #goOn(id: string, search: Search, wanted: number, signal: AbortSignal): Promise<void> {
    try {
      while (!search.ended && search.found.length <= wanted) {
        signal.throwIfAborted();
        if (search.found.length >= this.#mostFound) {
          search.truncated = true;
          search.ended = true;
          endSearch(search);
          return;
        }
        const next = await search.running.next();
        if (next.done === true) search.ended = true;
        else search.found.push(next.value);
      }
    } catch (error) {
      if (!signal.aborted) this.#searches.remove(id);
      throw error;
    }
  }

  #dropCatalogs(): void {
    if (this.#searches.size === 0) this.#catalogs.clear();
  }
}

/** Rejects when the signal does; never resolves. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function endSearch({ abort, running }: Search): void {
  abort.abort(new HoldfastError('cancelled', 'The search was ended.'));
  running.return().catch(() => undefined);
}
