/**
 * The client of `stacks` (Cloud 66, API 3).
 *
 * A create answers no id: its backups are those that the list has afterwards and had not before. A backup that runs looks like one
 * that is done: it is done when its files are listed. No route starts a restore.
 */
import { HoldfastError } from '../../../base/errors.ts';
import { cannot } from '../../cannot.ts';
import type { ConnectOptions } from '../../connect.ts';
import type { ErrorAnswer } from '../../http/answer.ts';
import { urlPath } from '../../http/base-url.ts';
import { poll } from '../../http/polling.ts';
import { RemoteHttp } from '../../http/remote-http.ts';
import type { Capabilities, CreateRemoteBackup, ListOptions, Remote, RemoteBackup, RemoteFile } from '../../remote.ts';
import { refuseSettings, requireScope } from '../../settings.ts';
import { waitForEnd } from '../../wait-for-end.ts';
import { wholeList } from '../../whole-list.ts';
import { isFailed, toBackup } from './backup.ts';
import {
  errorSchema,
  filesSchema,
  listSchema,
  okSchema,
  publicUrlSchema,
  showSchema,
  type WireBackup,
} from './wire.ts';

/** How long a backup may take to appear in the list after it was ordered. */
const appearMs = 120_000;

const capabilities: Capabilities = {
  actions: new Set(['download', 'import', 'files']),
  createFields: new Set(['databaseTypes', 'frequency', 'keepCount', 'gzip', 'excludedTables', 'onReplica']),
  createNeeds: new Set(),
  listsAll: true,
  restoreInto: undefined,
  restoreTruncates: false,
};

/** @throws `invalid-input` without a stack, or for settings, of which there are none */
export function connectStacks(options: ConnectOptions): Remote {
  const { credential, settings } = options;
  const uid = requireScope(options.scope, 'stack', 'Give its UID as the scope of the remote.');
  refuseSettings(settings, 'stacks');
  const http = new RemoteHttp({
    ...options,
    readError,
    isThrottled: ({ status, body }) => status === 429 || (status === 503 && isThrottled(body)),
    credential: () => ({ header: 'authorization', value: `Bearer ${credential}` }),
  });
  return new StacksRemote(http, uid, options);
}

class StacksRemote implements Remote {
  readonly capabilities = capabilities;
  readonly #http: RemoteHttp;
  readonly #backups: string;
  readonly #options: Pick<ConnectOptions, 'clock' | 'random'>;

  constructor(http: RemoteHttp, uid: string, options: Pick<ConnectOptions, 'clock' | 'random'>) {
    this.#http = http;
    this.#backups = urlPath`/stacks/${uid}/backups`;
    this.#options = options;
  }

  async test(signal: AbortSignal): Promise<string> {
    const { pagination, count, response } = await this.#page(1, {}, signal);
    const total = pagination.count ?? count ?? response.length;
    return `${total} ${total === 1 ? 'backup' : 'backups'}`;
  }

  async *list(options: ListOptions, signal: AbortSignal): AsyncGenerator<RemoteBackup, void> {
    for await (const wire of this.#listWire(options, signal)) yield toBackup(wire, undefined);
  }

  /** A list does not tell running from done; this asks for the files as well. */
  async get(id: string, signal: AbortSignal): Promise<RemoteBackup> {
    const wire = await this.#show(id, signal);
    return toBackup(wire, isFailed(wire) ? undefined : (await this.files(id, signal)).length > 0);
  }

  async create(order: CreateRemoteBackup, signal: AbortSignal): Promise<readonly RemoteBackup[]> {
    const known = await this.#ids(signal);
    await this.#order(queryOf(order), signal);
    return this.#appeared(known, order.databaseTypes?.length ?? 1, signal);
  }

  async import(order: Parameters<Remote['import']>[0], signal: AbortSignal): Promise<RemoteBackup> {
    const known = await this.#ids(signal);
    await this.#order({ group: order.group, db_type: order.databaseType, remote_url: order.url }, signal);
    const [backup] = await this.#appeared(known, 1, signal);
    return backup!;
  }

  wait(id: string, options: Parameters<Remote['wait']>[1]): Promise<RemoteBackup> {
    return waitForEnd((during) => this.get(id, during), options, this.#options);
  }

  async files(id: string, signal: AbortSignal): Promise<readonly RemoteFile[]> {
    const files: RemoteFile[] = [];
    for (let page: number | undefined = 1; page !== undefined; ) {
      const path = `${this.#backups}${urlPath`/${id}/files`}`;
      const { body } = await this.#http.request({ method: 'GET', path, query: { page }, schema: filesSchema, signal });
      files.push(...body.response.map((file) => ({ id: file.id, name: file.name })));
      page = nextPage(page, body.pagination.next);
    }
    return files;
  }

  async download(id: string, signal: AbortSignal) {
    const [wire, files] = await Promise.all([this.#show(id, signal), this.files(id, signal)]);
    const [first] = files;
    if (first === undefined) {
      throw new HoldfastError('conflict', 'The backup has no files to download.', {
        hint: isFailed(wire) ? 'It failed.' : 'Wait until it is done.',
      });
    }
    // `app.tar-aa`, `app.tar-ab` … are `app.tar` together.
    const fileName = files.length === 1 ? first.name : first.name.replace(/-[a-z]+$/, '');
    const { backup_size: size } = wire;
    return {
      fileName,
      transport: this.#http.transport,
      segments: files.map((file) => ({
        name: file.name,
        open: async (_fromByte: number, during: AbortSignal) => ({ url: await this.#publicUrl(id, file.id, during) }),
      })),
      ...(typeof size === 'number' && size > 0 ? { sizeBytes: size } : {}),
    };
  }

  cancel = cannot('stacks', 'cancel a backup');
  cancelAll = cannot('stacks', 'cancel backups');
  update = cannot('stacks', 'rename a backup');
  setLocked = cannot('stacks', 'lock a backup');
  delete = cannot('stacks', 'delete a backup');
  destroyRepository = cannot('stacks', 'remove all backups at once');
  restore = cannot('stacks', 'restore');
  restoreStatus = cannot('stacks', 'restore');

  async #publicUrl(id: string, fileId: string, signal: AbortSignal): Promise<URL> {
    const path = `${this.#backups}${urlPath`/${id}/files/${fileId}`}`;
    const { body } = await this.#http.request({ method: 'GET', path, schema: publicUrlSchema, signal });
    return this.#http.resolve(body.response.public_url);
  }

  async #show(id: string, signal: AbortSignal): Promise<WireBackup> {
    const path = `${this.#backups}${urlPath`/${id}`}`;
    const { body } = await this.#http.request({ method: 'GET', path, schema: showSchema, signal });
    return body.response;
  }

  async #order(
    query: Readonly<Record<string, string | number | boolean | undefined>>,
    signal: AbortSignal,
  ): Promise<void> {
    const { body } = await this.#http.request({ method: 'POST', path: this.#backups, query, schema: okSchema, signal });
    const { ok, message } = body.response;
    if (ok) return;
    throw new HoldfastError('conflict', `The remote refuses it: ${this.#http.line(message ?? 'it does not say why')}`);
  }

  /** Those that were not there before, once there are as many as were ordered, or no more come. */
  #appeared(known: ReadonlySet<number>, wanted: number, signal: AbortSignal): Promise<RemoteBackup[]> {
    let seen = 0;
    return poll({
      ...this.#options,
      signal,
      timeoutMs: appearMs,
      waitingFor: 'the new backup to appear in the list',
      until: async (during) => {
        const fresh: RemoteBackup[] = [];
        for await (const wire of this.#listWire({}, during)) if (!known.has(wire.id)) fresh.push(toBackup(wire, false));
        const isSettled = fresh.length > 0 && (fresh.length >= wanted || fresh.length === seen);
        seen = fresh.length;
        return isSettled ? fresh : undefined;
      },
    });
  }

  async #ids(signal: AbortSignal): Promise<ReadonlySet<number>> {
    const ids = new Set<number>();
    for await (const { id } of this.#listWire({}, signal)) ids.add(id);
    return ids;
  }

  #listWire({ group, databaseType }: ListOptions, signal: AbortSignal): AsyncGenerator<WireBackup, void> {
    const filter = { group, db_type: databaseType };
    const read = async (page: number) => {
      const { response, pagination, count } = await this.#page(page, filter, signal);
      return { items: response, total: pagination.count ?? count ?? undefined, next: pagination.next ?? undefined };
    };
    return wholeList(read, ({ id }) => id);
  }

  async #page(page: number, filter: Readonly<Record<string, string | undefined>>, signal: AbortSignal) {
    const query = { ...filter, page };
    const { body } = await this.#http.request({
      method: 'GET',
      path: this.#backups,
      query,
      schema: listSchema,
      signal,
    });
    return body;
  }
}

/** Undefined after the last; a page that is not a later one would go round for ever. */
function nextPage(page: number, next: number | null | undefined): number | undefined {
  return typeof next === 'number' && next > page ? next : undefined;
}

function queryOf(order: CreateRemoteBackup) {
  const { databaseTypes, frequency, keepCount, gzip, excludedTables, onReplica } = order;
  return {
    db_type: databaseTypes?.join(',') ?? 'all',
    frequency,
    keep_count: keepCount,
    gzip,
    excluded_tables: excludedTables === undefined || excludedTables.length === 0 ? undefined : excludedTables.join(','),
    run_on_replica_server: onReplica,
  };
}

function isThrottled(body: unknown): boolean {
  const { error, error_description: says } = errorSchema.safeParse(body).data ?? {};
  return /throttl/i.test(`${error} ${says}`);
}

function readError({ status, body }: ErrorAnswer): HoldfastError | undefined {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { error, error_description: description, details } = parsed.data;
  const says = [description ?? error, typeof details === 'string' ? details : undefined].filter(Boolean).join(' ');
  if (says === '') return undefined;
  if (isThrottled(body)) {
    return new HoldfastError('too-many-requests', `The remote was asked too often: ${says}`, { retry: 'backoff' });
  }
  switch (status) {
    case 401:
      return new HoldfastError('unauthenticated', `The remote does not accept the credential: ${says}`, {
        hint: 'Check the token of the remote: it may be wrong, revoked or expired.',
      });
    case 403:
      return new HoldfastError('permission', `The remote does not allow this: ${says}`, {
        hint: 'Reading needs the scope public, creating and importing the scope admin.',
      });
    case 404:
      return new HoldfastError('not-found', `The remote has no such thing: ${says}`, {
        hint: 'Check the UID of the stack.',
      });
    case 400:
    case 422:
      return new HoldfastError('invalid-input', `The remote refuses the request: ${says}`);
    default:
      return undefined;
  }
}
