/**
 * The client of `fa`.
 *
 * Settings: `routes`: `document` begins at /backup and /restore, `product` at /backup/new and /restore/new, `auto` (the default) tries
 * the document's and goes on with the product's where there is no such route.
 */
import { z } from 'zod';
import { HoldfastError, isHoldfastError } from '../../../base/errors.ts';
import { cannot } from '../../cannot.ts';
import type { ConnectOptions } from '../../connect.ts';
import type { ErrorAnswer } from '../../http/answer.ts';
import { urlPath } from '../../http/base-url.ts';
import { poll } from '../../http/polling.ts';
import { RemoteHttp } from '../../http/remote-http.ts';
import type {
  Capabilities,
  CreateRemoteBackup,
  Remote,
  RemoteBackup,
  RemoteRestore,
  RemoteRestoreState,
} from '../../remote.ts';
import { readSettings } from '../../settings.ts';
import { waitForEnd } from '../../wait-for-end.ts';
import { stateOf, toBackup } from './backup.ts';
import { KnownIds } from './known-ids.ts';
import { answerSchema, backupSchema, codes, restoreSchema, type WireBackup, type WireRestore } from './wire.ts';

const settingsSchema = z.strictObject({ routes: z.enum(['auto', 'document', 'product']).default('auto') });

const base = '/fa/api/v0';
/** A record may take so long to appear after it was accepted. */
const appearMs = 30_000;
/** An id that the remote does not know any more is forgotten after so long. */
const forgetMs = 24 * 3_600_000;
const asksAtOnce = 4;

const capabilities: Capabilities = {
  actions: new Set(['cancel', 'cancelAll', 'delete', 'destroyRepository', 'restore', 'restoreStatus']),
  createFields: new Set(['path']),
  createNeeds: new Set(['path']),
  listsAll: false,
  restoreInto: 'path',
  restoreTruncates: false,
};

/** @throws `invalid-input` for settings that are none */
export function connectFa(options: ConnectOptions): Remote {
  const { routes } = readSettings(settingsSchema, options.settings, 'routes: auto, document or product.');
  const { credential } = options;
  const http = new RemoteHttp({
    ...options,
    readError,
    credential: () => ({ header: 'authorization', value: `Bearer ${credential}` }),
  });
  return new FaRemote(http, routes, options);
}

class FaRemote implements Remote {
  readonly capabilities = capabilities;
  readonly #http: RemoteHttp;
  readonly #options: ConnectOptions;
  readonly #known: KnownIds;
  /** Which routes work: found out by the first that does. */
  #routes: 'auto' | 'document' | 'product';

  constructor(http: RemoteHttp, routes: 'auto' | 'document' | 'product', options: ConnectOptions) {
    this.#http = http;
    this.#routes = routes;
    this.#options = options;
    this.#known = new KnownIds(options.memory);
  }

  async test(signal: AbortSignal): Promise<string> {
    const known = await this.#known.backups(signal);
    // Any id will do: that there is no such record is an answer too.
    await this.#show(known.at(-1)?.id ?? 1, signal);
    return `${known.length} ${known.length === 1 ? 'backup' : 'backups'} made from here`;
  }

  /** Those that were made from here, newest first. */
  async *list(_options: unknown, signal: AbortSignal): AsyncGenerator<RemoteBackup, void> {
    const known = [...(await this.#known.backups(signal))].reverse();
    const gone: number[] = [];
    for (let at = 0; at < known.length; at += asksAtOnce) {
      const some = known.slice(at, at + asksAtOnce);
      const answers = await Promise.all(some.map(({ id }) => this.#show(id, signal)));
      for (const [index, wire] of answers.entries()) {
        const { id, since } = some[index]!;
        if (wire !== undefined) yield toBackup(wire, since);
        else if (this.#now().getTime() - Date.parse(since) > forgetMs) gone.push(id);
      }
    }
    await this.#known.forget(gone, signal);
  }

  async get(id: string, signal: AbortSignal): Promise<RemoteBackup> {
    const wire = await this.#show(numberOf(id), signal);
    if (wire === undefined) throw noSuchRecord(id);
    return toBackup(wire, await this.#since(wire.id, signal));
  }

  async create({ path }: CreateRemoteBackup, signal: AbortSignal): Promise<readonly RemoteBackup[]> {
    if (path === undefined) {
      throw new HoldfastError('invalid-input', 'The path to back up is missing.', {
        hint: 'Give one below the remote’s root.',
      });
    }
    const id = await this.#known.take('backups', this.#now(), this.#options.random, signal);
    await this.#begin('backup', { id, path }, signal);
    const wire = await this.#appeared('backup', () => this.#show(id, signal), signal);
    return [toBackup(wire, await this.#since(id, signal))];
  }

  wait(id: string, options: Parameters<Remote['wait']>[1]): Promise<RemoteBackup> {
    return waitForEnd((during) => this.get(id, during), options, this.#options);
  }

  async cancel(id: string, signal: AbortSignal): Promise<void> {
    await this.#post('/backup/cancel', { id: numberOf(id) }, signal, true);
  }

  async cancelAll(signal: AbortSignal): Promise<void> {
    const known = await this.#known.backups(signal);
    // The document has an id in the body, which says nothing.
    await this.#post('/backup/cancel-all', { id: known.at(-1)?.id ?? 1 }, signal, true);
  }

  async delete(id: string, signal: AbortSignal): Promise<void> {
    const path = `${base}${urlPath`/backup/${numberOf(id)}`}`;
    await this.#send('DELETE', path, undefined, signal, false);
    await this.#known.forget([numberOf(id)], signal);
  }

  async destroyRepository(signal: AbortSignal): Promise<void> {
    await this.#post('/backup/destroy-repo', undefined, signal, false);
    await this.#known.forgetAll(signal);
  }

  async restore(id: string, { target }: Parameters<Remote['restore']>[1], signal: AbortSignal): Promise<RemoteRestore> {
    if (target === undefined) {
      throw new HoldfastError('invalid-input', 'Where to restore to is missing.', {
        hint: 'Give a path below the remote’s root.',
      });
    }
    const restoreId = await this.#known.take('restores', this.#now(), this.#options.random, signal);
    await this.#begin('restore', { restore_id: restoreId, backup_id: numberOf(id), dst_path: target }, signal);
    return { backupId: id, id: String(restoreId) };
  }

  /** A record that is not there yet appears soon, or the restore is unknown. */
  async restoreStatus(restore: RemoteRestore, signal: AbortSignal): Promise<RemoteRestoreState> {
    const id = numberOf(restore.id ?? '');
    const wire = await this.#appeared('restore', () => this.#showRestore(id, signal), signal);
    const state = stateOf(wire.status);
    const size = wire.stat?.total_size;
    return {
      state: state === 'expired' ? 'unknown' : state,
      ...(wire.extra ? { message: wire.extra } : {}),
      ...(wire.dst_path ? { target: wire.dst_path } : {}),
      ...(typeof size === 'number' && (size > 0 || state === 'done') ? { sizeBytes: size } : {}),
    };
  }

  update = cannot('fa', 'rename a backup');
  setLocked = cannot('fa', 'lock a backup');
  files = cannot('fa', 'list the files of a backup');
  download = cannot('fa', 'download a backup');
  import = cannot('fa', 'import a backup');

  /** POST to the document's route, or to the product's where there is none such. */
  async #begin(what: 'backup' | 'restore', body: object, signal: AbortSignal): Promise<void> {
    if (this.#routes === 'product') return this.#post(`/${what}/new`, body, signal, false);
    try {
      await this.#post(`/${what}`, body, signal, false);
      this.#routes = this.#routes === 'auto' ? 'document' : this.#routes;
    } catch (error) {
      const isNoRoute = isHoldfastError(error) && (error.context.status === 404 || error.context.status === 405);
      if (this.#routes !== 'auto' || !isNoRoute) throw error;
      await this.#post(`/${what}/new`, body, signal, false);
      this.#routes = 'product';
    }
  }

  #post(path: string, json: unknown, signal: AbortSignal, repeatable: boolean): Promise<void> {
    return this.#send('POST', `${base}${path}`, json, signal, repeatable);
  }

  async #send(
    method: 'POST' | 'DELETE',
    path: string,
    json: unknown,
    signal: AbortSignal,
    repeatable: boolean,
  ): Promise<void> {
    const request = { method, path, repeatable, headers: jsonHeaders, ...(json === undefined ? {} : { json }) };
    const { body } = await this.#http.request({ ...request, schema: answerSchema, firstJsonOnly: true, signal });
    if (body.code === codes.success) return;
    const says = this.#http.line(body.message ?? `code ${body.code}`);
    if (body.code === codes.unknown) throw new HoldfastError('not-found', `The remote says: ${says}`);
    throw new HoldfastError('conflict', `The remote refuses it: ${says}`);
  }

  async #show(id: number, signal: AbortSignal): Promise<WireBackup | undefined> {
    const wire = await this.#record(urlPath`/backup/${id}`, backupSchema, signal);
    if (wire !== undefined && wire.id !== id) throw otherRecord(id, wire.id);
    return wire;
  }

  async #showRestore(id: number, signal: AbortSignal): Promise<WireRestore | undefined> {
    const wire = await this.#record(urlPath`/restore/${id}`, restoreSchema, signal);
    if (wire !== undefined && wire.restore_id !== id) throw otherRecord(id, wire.restore_id);
    return wire;
  }

  /** Undefined for "no such record". */
  async #record<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined> {
    const known = z.object({ code: z.literal(codes.success), data: schema });
    const either = z.union([known, z.object({ code: z.literal(codes.unknown) })]);
    const request = { method: 'GET', path: `${base}${path}`, headers: jsonHeaders, firstJsonOnly: true } as const;
    const { body } = await this.#http.request({ ...request, schema: either, signal });
    return 'data' in body ? body.data : undefined;
  }

  /** A record that was accepted a moment ago. */
  #appeared<T>(what: string, show: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
    return poll({
      ...this.#options,
      signal,
      timeoutMs: appearMs,
      waitingFor: `the ${what} to appear`,
      until: show,
    });
  }

  async #since(id: number, signal: AbortSignal): Promise<string | undefined> {
    return (await this.#known.backups(signal)).find((one) => one.id === id)?.since;
  }

  #now(): Date {
    return this.#options.clock.now();
  }
}

/** The document has it on every request. */
const jsonHeaders = { 'content-type': 'application/json' };

function numberOf(id: string): number {
  const number = Number(id);
  if (id !== '' && Number.isSafeInteger(number)) return number;
  throw new HoldfastError('not-found', `There is no backup "${id}".`, { hint: 'Ids of this remote are numbers.' });
}

function noSuchRecord(id: string): HoldfastError {
  return new HoldfastError('not-found', `The remote has no backup ${id}.`, {
    hint: 'It was deleted there, or never made.',
  });
}

function otherRecord(asked: number, got: number): HoldfastError {
  return new HoldfastError('unsupported', `The remote was asked for ${asked}, and answered with ${got}.`);
}

const errorSchema = z.object({ message: z.string() });

/** `{code, message}`. */
function readError({ status, body }: ErrorAnswer): HoldfastError | undefined {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { message } = parsed.data;
  switch (status) {
    case 400:
      return /no such record/.test(message)
        ? new HoldfastError('not-found', `The remote refuses it: ${message}`)
        : new HoldfastError('invalid-input', `The remote refuses it: ${message}`);
    case 401:
      return new HoldfastError('unauthenticated', `The remote does not accept the credential: ${message}`, {
        hint: 'Check the token of the remote: it may be wrong, revoked or expired.',
      });
    default:
      return undefined;
  }
}
