/**
 * The client of `organizations`.
 *
 * Settings: `header`, in which form the credential is sent: `token` (the documents), `Token` or `Bearer` (in `Authorization`, as the
 * product's own programs send it).
 */
import { z } from 'zod';
import { HoldfastError } from '../../../base/errors.ts';
import { cannot } from '../../cannot.ts';
import type { ConnectOptions } from '../../connect.ts';
import type { ErrorAnswer } from '../../http/answer.ts';
import { urlPath } from '../../http/base-url.ts';
import { RemoteHttp, type RequestOptions } from '../../http/remote-http.ts';
import type { Capabilities, Remote, RemoteBackup, RemoteState } from '../../remote.ts';
import { readSettings, requireScope } from '../../settings.ts';
import { waitForEnd } from '../../wait-for-end.ts';
import { wholeList } from '../../whole-list.ts';
import { backupSchema, pageSchema, parseSize, type Serializer, type WireBackup } from './wire.ts';

const settingsSchema = z.strictObject({ header: z.enum(['token', 'Token', 'Bearer']).default('token') });

const pageSize = 100;
/** A backup's names and sizes are in the long form only. */
const serializer: Serializer = 'detail';

const capabilities: Capabilities = {
  actions: new Set(['rename', 'describe', 'delete', 'download']),
  createFields: new Set(['name', 'description']),
  createNeeds: new Set(),
  listsAll: true,
  restoreInto: undefined,
  restoreTruncates: false,
};

/** @throws `invalid-input` without a scope, or for settings that are none */
export function connectOrganizations(options: ConnectOptions): Remote {
  const { credential } = options;
  const sid = requireScope(options.scope, 'organization', 'Give its sid as the scope of the remote.');
  const { header } = readSettings(settingsSchema, options.settings, 'header: token, Token or Bearer.');
  const http = new RemoteHttp({
    ...options,
    readError,
    credential: () =>
      header === 'token'
        ? { header: 'token', value: credential }
        : { header: 'authorization', value: `${header} ${credential}` },
  });
  return new OrganizationsRemote(http, sid, options);
}

class OrganizationsRemote implements Remote {
  readonly capabilities = capabilities;
  readonly #http: RemoteHttp;
  readonly #listPath: string;
  readonly #options: Pick<ConnectOptions, 'clock' | 'random'>;

  constructor(http: RemoteHttp, sid: string, options: Pick<ConnectOptions, 'clock' | 'random'>) {
    this.#http = http;
    this.#listPath = urlPath`/organizations/backup/list/organization/${sid}/${serializer}/`;
    this.#options = options;
  }

  async test(signal: AbortSignal): Promise<string> {
    const { count, add_permission: mayAdd } = await this.#page(1, 1, signal);
    const may = mayAdd === false ? ', may not create' : mayAdd === true ? ', may create' : '';
    return `${count} ${count === 1 ? 'backup' : 'backups'}${may}`;
  }

  async *list(_options: unknown, signal: AbortSignal): AsyncGenerator<RemoteBackup, void> {
    const read = async (page: number) => {
      const { results, next, count } = await this.#page(page, pageSize, signal);
      return { items: results, total: count, next: next && results.length > 0 ? page + 1 : undefined };
    };
    for await (const wire of wholeList(read, ({ sid }) => sid)) yield toBackup(wire);
  }

  async get(id: string, signal: AbortSignal): Promise<RemoteBackup> {
    const { body } = await this.#http.request({ method: 'GET', path: detailPath(id), schema: backupSchema, signal });
    return toBackup(body);
  }

  async create({ name, description }: Parameters<Remote['create']>[0], signal: AbortSignal): Promise<RemoteBackup[]> {
    const request: RequestOptions = { method: 'POST', path: this.#listPath, json: {}, expect: [200, 201], signal };
    const { body } = await this.#http.request({ ...request, schema: backupSchema });
    const change = { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
    return [Object.keys(change).length === 0 ? toBackup(body) : await this.update(body.sid, change, signal)];
  }

  wait(id: string, options: Parameters<Remote['wait']>[1]): Promise<RemoteBackup> {
    return waitForEnd((during) => this.get(id, during), options, this.#options);
  }

  async update(id: string, change: Parameters<Remote['update']>[1], signal: AbortSignal): Promise<RemoteBackup> {
    const { name, description } = change;
    const json = { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
    // The same change twice is the same as once.
    const request = { method: 'PATCH', path: detailPath(id), json, repeatable: true, signal } as const;
    const { body } = await this.#http.request({ ...request, schema: backupSchema });
    return toBackup(body);
  }

  async delete(id: string, signal: AbortSignal): Promise<void> {
    await this.#http.requestText({ method: 'DELETE', path: detailPath(id), signal });
  }

  async download(id: string, signal: AbortSignal) {
    const first = await this.#downloadable(id, signal);
    let known: WireBackup | undefined = first;
    return {
      fileName: fileNameOf(first),
      transport: this.#http.transport,
      segments: [
        {
          name: 'archive',
          open: async (_fromByte: number, during: AbortSignal) => {
            const { file_path: path } = known ?? (await this.#downloadable(id, during));
            // Links expire: another try asks for another one.
            known = undefined;
            const url = this.#http.resolve(path!);
            return { url, headers: this.#http.credentialHeaders(url) };
          },
        },
      ],
    };
  }

  cancel = cannot('organizations', 'cancel a backup');
  cancelAll = cannot('organizations', 'cancel backups');
  setLocked = cannot('organizations', 'lock a backup');
  destroyRepository = cannot('organizations', 'remove all backups at once');
  restore = cannot('organizations', 'restore');
  restoreStatus = cannot('organizations', 'restore');
  files = cannot('organizations', 'list the files of a backup');
  import = cannot('organizations', 'import a backup');

  async #downloadable(id: string, signal: AbortSignal): Promise<WireBackup> {
    const { body } = await this.#http.request({ method: 'GET', path: detailPath(id), schema: backupSchema, signal });
    if (body.file_path) return body;
    throw new HoldfastError('conflict', `The backup "${body.name ?? id}" has nothing to download.`, {
      hint: stateOf(body.status) === 'done' ? 'Ask who runs the remote.' : 'Wait until it is done.',
    });
  }

  async #page(page: number, size: number, signal: AbortSignal) {
    const query = { page, page_size: size };
    const { body } = await this.#http.request({
      method: 'GET',
      path: this.#listPath,
      query,
      schema: pageSchema,
      signal,
    });
    return body;
  }
}

function detailPath(sid: string): string {
  return urlPath`/organizations/backup/detail/${sid}/`;
}

const states: Readonly<Record<string, RemoteState>> = {
  'in progress': 'running',
  completed: 'done',
  error: 'failed',
  'date expired': 'expired',
};

/** A backup without a status is of the shape of 2018, which lists what is complete only. */
function stateOf(status: string | null | undefined): RemoteState {
  if (status === null || status === undefined) return 'done';
  return states[status.toLowerCase()] ?? 'unknown';
}

function toBackup(wire: WireBackup): RemoteBackup {
  const { sid, name, description, versions, files, price, date_created: created, change_permission: may } = wire;
  const size = parseSize(wire.file_size ?? wire.database_size ?? '');
  return {
    id: sid,
    state: stateOf(wire.status),
    ...(name === undefined ? {} : { name }),
    ...(description ? { description } : {}),
    ...(created && !Number.isNaN(Date.parse(created)) ? { createdAt: new Date(created).toISOString() } : {}),
    ...(size === undefined ? {} : { sizeBytes: size }),
    ...(typeof files === 'number' ? { files } : {}),
    ...(typeof versions === 'number' ? { versions } : {}),
    ...(price ? { price } : {}),
    ...(typeof may === 'boolean' ? { changeable: may } : {}),
  };
}

/** What the link calls it, else what the backup is called. */
function fileNameOf({ file_path: path, name, sid }: WireBackup): string {
  const last = /\/([^/?#]+\.(?:gz|tgz|zip|tar|sql|bz2|xz))(?:[?#]|$)/i.exec(path ?? '')?.[1];
  return last ?? (/\.\w{2,4}$/.test(name ?? '') ? name! : `${name || sid}.tar.gz`);
}

/** Errors come as plain text, `{"message"}`, `["…"]` or `{"detail"}`. */
function readError({ status, body }: ErrorAnswer): HoldfastError | undefined {
  const says = messageIn(body);
  if (says === undefined) return undefined;
  switch (status) {
    case 401:
      return new HoldfastError('unauthenticated', `The remote does not accept the credential: ${says}`, {
        hint: 'Check the token of the remote, and the form in which it is sent (settings.header).',
      });
    case 403:
      return new HoldfastError('permission', `The remote does not allow this: ${says}`, {
        hint: 'Backups need the token of an administrator of the organization.',
      });
    case 405:
      return new HoldfastError('unsupported', `The remote cannot do this: ${says}`);
    case 406:
      return /wrong id/i.test(says)
        ? new HoldfastError('not-found', `The remote knows no such organization or backup: ${says}`, {
            hint: 'Check the sid.',
          })
        : new HoldfastError('invalid-input', `The remote refuses the request: ${says}`);
    default:
      return undefined;
  }
}

function messageIn(body: unknown): string | undefined {
  if (typeof body === 'string') return body.trim() === '' || body.includes('<') ? undefined : body.trim().slice(0, 300);
  if (Array.isArray(body)) return messageIn(body[0]);
  if (typeof body !== 'object' || body === null) return undefined;
  const { message, detail } = body as { message?: unknown; detail?: unknown };
  return messageIn(message ?? detail);
}
