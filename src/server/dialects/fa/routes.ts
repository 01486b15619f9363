/**
 * `fa` (document 002; the product is ellis-chen/fa), served at `/fa/api/v0`:
 *
 *   POST          /backup, /backup/new, /restore, /restore/new          begin; the client chooses the id
 *   GET           /backup/{id}, /restore/{id}
 *   POST          /backup/cancel, /backup/cancel-all, /restore/cancel, /restore/cancel-all
 *   DELETE        /backup/{id}
 *   POST, GET     /backup/destroy-repo, /backup/repo-destroyed
 *
 * A token is for one scope: its owner's. Ids and paths are the owner's own.
 */
import { resolve } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HoldfastError, isHoldfastError, messageOf } from '../../../base/errors.ts';
import { answerFor } from '../../../http/error-answer.ts';
import { pathOf } from '../../../http/guard.ts';
import type { BackupRecord } from '../../catalog/backups.ts';
import type { RestoreRecord } from '../../catalog/restores.ts';
import type { Dialect, DialectContext } from '../../dialect.ts';
import { backupAnswer, type Owner, restoreAnswer, success, unknown } from './answers.ts';
import { ownerPath } from './owner-path.ts';

const base = '/fa/api/v0';
const id = z
  .int()
  .min(0)
  .max(2 ** 53 - 1);
const path = z.string().min(1).max(4096);
/** The product takes a `storage_id` as well; there is one store here. */
const backupSchema = z.object({ id, path });
const restoreSchema = z.object({ restore_id: id, backup_id: id, dst_path: path });

export const fa: Dialect = (server, context) => {
  const routes = new FaRoutes(context);
  server.setErrorHandler((error, request, reply) => routes.fail(error, request, reply));
  server.addHook('onRequest', (request) => routes.authenticate(request));
  for (const suffix of ['', '/new']) {
    server.post(`${base}/backup${suffix}`, { config: { says: 'err when backup file' } }, (request) =>
      routes.backUp(request),
    );
    server.post(`${base}/restore${suffix}`, { config: { says: 'err when backup file' } }, (request) =>
      routes.restore(request),
    );
  }
  server.get(`${base}/backup/:id`, (request) => routes.showBackup(request));
  server.get(`${base}/restore/:id`, (request) => routes.showRestore(request));
  const cancel = { config: { says: 'err when backup file' } };
  server.post(`${base}/backup/cancel`, cancel, (request) => routes.cancelBackup(request));
  server.post(`${base}/restore/cancel`, cancel, (request) => routes.cancelRestore(request));
  // What is in their bodies says nothing, not even whether it is JSON: the document's own is not.
  server.register(async (bodiless) => {
    bodiless.removeAllContentTypeParsers();
    bodiless.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null, undefined));
    for (const what of ['backup', 'restore'] as const) {
      const config = { config: { says: 'err when cancel all backup' } };
      bodiless.post(`${base}/${what}/cancel-all`, config, (request) => routes.cancelAll(request, what));
    }
  });
  server.post(`${base}/backup/destroy-repo`, { config: { says: 'err when destroy repo' } }, (request) =>
    routes.destroy(request),
  );
  server.get(`${base}/backup/repo-destroyed`, (request) => routes.isDestroyed(request));
  server.delete(`${base}/backup/:id`, { config: { says: 'err when delete a backup' } }, (request) =>
    routes.remove(request),
  );
};

class FaRoutes {
  readonly #context: DialectContext;
  readonly #owners = new WeakMap<FastifyRequest, Owner>();

  constructor(context: DialectContext) {
    this.#context = context;
  }

  async authenticate(request: FastifyRequest): Promise<void> {
    const token = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const caller = await this.#context.access.authenticate(token, request.ip);
    Object.assign(request, { caller });
    const mine = this.#context
      .config()
      .scopes.filter((scope): scope is Owner => scope.dialect === 'fa' && caller.mayUse(scope.id));
    const [owner] = mine;
    if (owner === undefined || mine.length > 1) throw notOneOwner(mine.length);
    const isReading = request.method === 'GET';
    if (caller.role === 'public' && !isReading)
      throw new HoldfastError('permission', 'This token may only read.', { context: { access: true } });
    this.#owners.set(request, owner);
  }

  async backUp(request: FastifyRequest) {
    const owner = this.#owner(request);
    const order = read(backupSchema, request.body);
    const target = await ownerPath(rootOf(owner), order.path);
    const before = this.#backup(owner, order.id);
    if (before !== undefined && !isOver(before))
      throw new HoldfastError('conflict', `the backup ${order.id} is running`);
    const content = { kind: 'folders', paths: [target], ignored: [] } as const;
    // One that is over is replaced.
    await this.#context.backups.create(owner, { name: order.path, clientId: order.id, content });
    return success();
  }

  async showBackup(request: FastifyRequest) {
    const owner = this.#owner(request);
    const asked = idIn(request);
    const backup = this.#backup(owner, asked);
    if (backup === undefined) return unknown('backup', asked);
    return success(backupAnswer(owner, backup, this.#context.backups.progressOf(backup)));
  }

  async restore(request: FastifyRequest) {
    const owner = this.#owner(request);
    const order = read(restoreSchema, request.body);
    const target = await ownerPath(rootOf(owner), order.dst_path);
    const before = this.#restore(owner, order.restore_id);
    if (before !== undefined && !isOver(before))
      throw new HoldfastError('conflict', `the restore ${order.restore_id} is running`);
    const backup = this.#backup(owner, order.backup_id);
    // Of an unknown backup it fails afterwards, as the product's does.
    await this.#context.backups.restore(owner, {
      backupId: backup?.id ?? '',
      clientId: order.restore_id,
      clientBackupId: order.backup_id,
      target,
    });
    return success();
  }

  async showRestore(request: FastifyRequest) {
    const owner = this.#owner(request);
    const asked = idIn(request);
    const restore = this.#restore(owner, asked);
    if (restore === undefined) return unknown('restore', asked);
    return success(restoreAnswer(owner, restore, this.#context.backups.progressOf(restore)));
  }

  async cancelBackup(request: FastifyRequest) {
    const { id: asked } = read(z.object({ id }), request.body);
    const backup = this.#backup(this.#owner(request), asked);
    if (backup === undefined) throw new HoldfastError('not-found', 'no such record');
    await this.#context.backups.cancel(backup);
    return success(null);
  }

  async cancelRestore(request: FastifyRequest) {
    const body = read(z.object({ id: id.optional(), restore_id: id.optional() }), request.body);
    const restore = this.#restore(this.#owner(request), body.id ?? body.restore_id ?? -1);
    if (restore === undefined) throw new HoldfastError('not-found', 'no such record');
    await this.#context.backups.cancelRestore(restore);
    return success(null);
  }

  /** Whatever the body says. */
  async cancelAll(request: FastifyRequest, what: 'backup' | 'restore') {
    await this.#context.backups.cancelAll(this.#owner(request), what);
    return success();
  }

  async remove(request: FastifyRequest) {
    const backup = this.#backup(this.#owner(request), idIn(request));
    if (backup === undefined) throw new HoldfastError('not-found', 'no such record');
    await this.#context.backups.remove(backup);
    return success();
  }

  async destroy(request: FastifyRequest) {
    await this.#context.backups.destroy(this.#owner(request));
    return success();
  }

  async isDestroyed(request: FastifyRequest) {
    const { backups } = this.#context;
    return success({ destroyed: !(await backups.hasData(this.#owner(request))) });
  }

  /** `{code, message}`: what the document says of a route's failure, then why. */
  fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, error: told, unexpected } = answerFor(error);
    if (unexpected) this.#context.report(error, `${request.method} ${pathOf(request.raw)}`);
    const seconds = told.context.retryAfterSeconds;
    if (seconds !== undefined) reply.header('retry-after', String(seconds));
    // What a disk does not permit is no matter of who asks.
    const isAccess = isHoldfastError(error, 'unauthenticated', 'too-many-requests') || told.context.access === true;
    if (isHoldfastError(error, 'unauthenticated')) reply.header('www-authenticate', 'Bearer');
    const { says } = request.routeOptions.config as { says?: string };
    const code = isAccess ? status : 400;
    const message = isAccess || says === undefined ? told.message : `${says}: ${messageOf(told)}`;
    reply.code(code).type('application/json; charset=utf-8').send(JSON.stringify({ code, message }));
  }

  #owner(request: FastifyRequest): Owner {
    return this.#owners.get(request)!;
  }

  #backup(owner: Owner, clientId: number): BackupRecord | undefined {
    return this.#context.catalog.backups.byClientId(owner.id, clientId);
  }

  #restore(owner: Owner, clientId: number): RestoreRecord | undefined {
    return this.#context.catalog.restores.byClientId(owner.id, clientId);
  }
}

function isOver({ state }: BackupRecord | RestoreRecord): boolean {
  return state !== 'queued' && state !== 'running';
}

function rootOf({ folders, id: scopeId }: Owner): string {
  const [root] = folders;
  if (root !== undefined) return resolve(root);
  throw new HoldfastError('conflict', `the scope ${scopeId} has no folder`);
}

/** @throws `invalid-input` for what is no id */
function idIn(request: FastifyRequest): number {
  const { id: text } = request.params as { id: string };
  const parsed = /^\d{1,16}$/.test(text) ? id.safeParse(Number(text)) : undefined;
  if (parsed?.success === true) return parsed.data;
  throw new HoldfastError('invalid-input', 'the id is no number');
}

function read<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HoldfastError('invalid-input', `${issue?.path.join('.') || 'the body'}: ${issue?.message}`);
}

function notOneOwner(count: number): HoldfastError {
  const message = count === 0 ? 'This token is for no owner of backups.' : 'This token is for several owners.';
  return new HoldfastError('permission', message, {
    hint: 'Make one for a single scope: holdfast server token add NAME --scope ID',
    context: { access: true },
  });
}
