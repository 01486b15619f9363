/**
 * The client of `panel` (Pterodactyl and its forks).
 *
 * A link to a download works once: each try asks for a new one. While a server restores, it answers everything by 409 and does
 * nothing: what was asked is asked again for a while, and a backup that is waited for is waited for on.
 */
import { HoldfastError, isHoldfastError } from '../../../base/errors.ts';
import { cannot } from '../../cannot.ts';
import type { ConnectOptions } from '../../connect.ts';
import type { ErrorAnswer } from '../../http/answer.ts';
import { urlPath } from '../../http/base-url.ts';
import { RemoteHttp, type RequestOptions } from '../../http/remote-http.ts';
import type {
  Capabilities,
  CreateRemoteBackup,
  Remote,
  RemoteBackup,
  RemoteRestore,
  RemoteRestoreState,
} from '../../remote.ts';
import { refuseSettings, requireScope } from '../../settings.ts';
import { waitForEnd } from '../../wait-for-end.ts';
import { wholeList } from '../../whole-list.ts';
import { checksumOf, toBackup } from './backup.ts';
import { backupSchema, errorsSchema, joinIgnored, listSchema, signedUrlSchema } from './wire.ts';

/** The most that the product gives. */
const pageSize = 50;

/** Asked for by every request, also where the answer has no body. */
const acceptJson = { accept: 'application/json' };

const capabilities: Capabilities = {
  actions: new Set(['lock', 'delete', 'restore', 'restoreStatus', 'download']),
  createFields: new Set(['name', 'ignored', 'locked']),
  createNeeds: new Set(),
  listsAll: true,
  restoreInto: 'place',
  restoreTruncates: true,
};

/** @throws `invalid-input` without a server, or for settings, of which there are none */
export function connectPanel(options: ConnectOptions): Remote {
  const { credential, settings } = options;
  const hint = 'Give its id (eight characters, or the UUID) as the scope of the remote.';
  const server = requireScope(options.scope, 'server', hint);
  refuseSettings(settings, 'panel');
  const http = new RemoteHttp({
    ...options,
    readError,
    isThrottled: isRestoring,
    credential: () => ({ header: 'authorization', value: `Bearer ${credential}` }),
  });
  return new PanelRemote(http, server, options);
}

class PanelRemote implements Remote {
  readonly capabilities = capabilities;
  readonly #http: RemoteHttp;
  readonly #backups: string;
  readonly #options: Pick<ConnectOptions, 'clock' | 'random'>;

  constructor(http: RemoteHttp, server: string, options: Pick<ConnectOptions, 'clock' | 'random'>) {
    this.#http = http;
    this.#backups = urlPath`/api/client/servers/${server}/backups`;
    this.#options = options;
  }

  async test(signal: AbortSignal): Promise<string> {
    const { total } = (await this.#page(1, signal)).meta.pagination;
    return `${total} ${total === 1 ? 'backup' : 'backups'}`;
  }

  async *list(_options: unknown, signal: AbortSignal): AsyncGenerator<RemoteBackup, void> {
    const read = async (page: number) => {
      const { data, meta } = await this.#page(page, signal);
      const { total, total_pages: pages } = meta.pagination;
      return { items: data, total, next: page < pages && data.length > 0 ? page + 1 : undefined };
    };
    for await (const wire of wholeList(read, ({ attributes }) => attributes.uuid)) yield toBackup(wire);
  }

  async get(id: string, signal: AbortSignal): Promise<RemoteBackup> {
    const { body } = await this.#http.request({ method: 'GET', path: this.#one(id), schema: backupSchema, signal });
    return toBackup(body);
  }

  async create(order: CreateRemoteBackup, signal: AbortSignal): Promise<readonly RemoteBackup[]> {
    const { ignored = [], locked } = order;
    const now = this.#options.clock.now().toISOString().slice(0, 19).replace('T', ' ');
    const json = {
      // The document calls it required.
      name: order.name ?? `Backup at ${now}`,
      ...(ignored.length === 0 ? {} : { ignored: joinIgnored(ignored) }),
      ...(locked === undefined ? {} : { is_locked: locked }),
    };
    const { body } = await this.#http.request({
      method: 'POST',
      path: this.#backups,
      json,
      schema: backupSchema,
      signal,
    });
    return [toBackup(body)];
  }

  wait(id: string, options: Parameters<Remote['wait']>[1]): Promise<RemoteBackup> {
    return waitForEnd((during) => this.get(id, during).catch(whileRestoring), options, this.#options);
  }

  /** The route toggles: it is asked only where that is a change, and once more where somebody else toggled meanwhile. */
  async setLocked(id: string, locked: boolean, signal: AbortSignal): Promise<RemoteBackup> {
    let now = await this.get(id, signal);
    for (let tries = 0; tries < 2 && now.locked !== locked; tries++) now = await this.#toggleLock(id, signal);
    if (now.locked === locked) return now;
    throw new HoldfastError('conflict', `The backup "${now.name ?? id}" was locked or unlocked by others meanwhile.`, {
      hint: 'Try again.',
      retry: 'backoff',
    });
  }

  async delete(id: string, signal: AbortSignal): Promise<void> {
    await this.#http.requestText({ method: 'DELETE', path: this.#one(id), headers: acceptJson, signal });
  }

  async restore(
    id: string,
    { truncate = false }: Parameters<Remote['restore']>[1],
    signal: AbortSignal,
  ): Promise<RemoteRestore> {
    const request: RequestOptions = {
      method: 'POST',
      path: `${this.#one(id)}/restore`,
      json: { truncate },
      headers: acceptJson,
      signal,
    };
    await this.#http.requestText(request);
    return { backupId: id };
  }

  /** While a restore runs, the server answers every question by 409; how it ended it does not tell. */
  async restoreStatus({ backupId }: RemoteRestore, signal: AbortSignal): Promise<RemoteRestoreState> {
    const request: RequestOptions = {
      method: 'GET',
      path: this.#one(backupId),
      expect: [200, 409],
      headers: acceptJson,
      signal,
    };
    const { status } = await this.#http.requestText(request);
    return { state: status === 409 ? 'running' : 'done' };
  }

  async download(id: string, signal: AbortSignal) {
    // The link first: the checksum may be known from then on only.
    const first = await this.#link(id, signal);
    const { body } = await this.#http.request({ method: 'GET', path: this.#one(id), schema: backupSchema, signal });
    const { name, checksum, bytes } = body.attributes;
    if (toBackup(body).state !== 'done') {
      throw new HoldfastError('conflict', `The backup "${name ?? id}" is not finished.`, {
        hint: 'Wait until it is done.',
      });
    }
    let unused: URL | undefined = first;
    const known = checksumOf(checksum);
    return {
      fileName: fileNameOf(name ?? id, first),
      transport: this.#http.transport,
      segments: [
        {
          name: 'archive',
          open: async (_fromByte: number, during: AbortSignal) => {
            const url = unused ?? (await this.#link(id, during));
            unused = undefined;
            return { url };
          },
        },
      ],
      ...(known === undefined ? {} : { checksum: known }),
      ...(typeof bytes === 'number' && bytes > 0 ? { sizeBytes: bytes } : {}),
    };
  }

  cancel = cannot('panel', 'cancel a backup');
  cancelAll = cannot('panel', 'cancel backups');
  update = cannot('panel', 'rename a backup');
  destroyRepository = cannot('panel', 'remove all backups at once');
  files = cannot('panel', 'list the files of a backup');
  import = cannot('panel', 'import a backup');

  #one(id: string): string {
    return `${this.#backups}${urlPath`/${id}`}`;
  }

  async #link(id: string, signal: AbortSignal): Promise<URL> {
    const request = { method: 'GET', path: `${this.#one(id)}/download` } as const;
    const { body } = await this.#http.request({ ...request, schema: signedUrlSchema, signal });
    return this.#http.resolve(body.attributes.url);
  }

  async #toggleLock(id: string, signal: AbortSignal): Promise<RemoteBackup> {
    const request = { method: 'POST', path: `${this.#one(id)}/lock` } as const;
    const { body } = await this.#http.request({ ...request, schema: backupSchema, signal });
    return toBackup(body);
  }

  async #page(page: number, signal: AbortSignal) {
    const query = { page, per_page: pageSize };
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

/** Archives are tar.gz unless the link says otherwise. */
function fileNameOf(name: string, { pathname }: URL): string {
  const kind = /\.(zip|tar|tar\.gz|tgz)$/i.exec(pathname)?.[1] ?? 'tar.gz';
  return name.toLowerCase().endsWith(`.${kind}`) ? name : `${name}.${kind}`;
}

/** 409 stands for other states of the server as well, which do not pass by themselves. */
function isRestoring({ status, body }: ErrorAnswer): boolean {
  if (status !== 409) return false;
  return /restor/i.test(errorsSchema.safeParse(body).data?.errors[0]?.detail ?? '');
}

function whileRestoring(error: unknown): undefined {
  if (isHoldfastError(error, 'conflict') && error.context.status === 409) return undefined;
  throw error;
}

function readError({ status, body }: ErrorAnswer): HoldfastError | undefined {
  // A request has an error for each field that is wrong.
  const told = errorsSchema.safeParse(body).data?.errors.flatMap(({ detail }) => detail || []) ?? [];
  if (told.length === 0) return undefined;
  const says = told.join(' ');
  switch (status) {
    case 400:
      return new HoldfastError('conflict', `The remote refuses it: ${says}`);
    case 401:
      return new HoldfastError('unauthenticated', `The remote does not accept the credential: ${says}`, {
        hint: 'Check the API key of the remote: it may be wrong, revoked or expired.',
      });
    case 403:
      return new HoldfastError('permission', `The remote does not allow this: ${says}`, {
        hint: 'The API key needs the permissions for backups of this server.',
      });
    case 404:
      return new HoldfastError('not-found', `The remote has no such thing: ${says}`, {
        hint: 'Check the id of the server.',
      });
    case 409:
      return new HoldfastError('conflict', `The server is busy: ${says}`, {
        retry: 'backoff',
        hint: 'Try again later.',
      });
    case 422:
      return new HoldfastError('invalid-input', `The remote refuses the request: ${says}`);
    default:
      return undefined;
  }
}
