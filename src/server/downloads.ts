/**
 * Downloads of archives by links: signed ones that are good until a time, and ones that work once.
 *
 *   GET /download/<backup>/<part>?expires=…&signature=…      as often as one likes, with ranges
 *   GET /download/once/<secret>/<file name>                   once, whole; a second use is refused
 *
 * A part is `archive`, or `segment-<n>` of an archive that is given in pieces. Nothing is cached on the way (`no-store`); a caller
 * who goes away ends the reading.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HoldfastError } from '../base/errors.ts';
import { callerSignal } from '../http/http-server.ts';
import { SignedLinks } from './access/signed-links.ts';
import { currentArchive, readArchive } from './backups/archive.ts';
import { backupById, type RunnerServices, snapshotOf } from './backups/runner.ts';
import { parseRange, slice } from './byte-range.ts';
import type { BackupArchive, BackupRecord } from './catalog/backups.ts';

type DownloadServices = Pick<RunnerServices, 'catalog' | 'repositories' | 'config' | 'clock' | 'archives'>;

const types = { 'tar.gz': 'application/gzip', tar: 'application/x-tar', zip: 'application/zip' } as const;

export class Downloads {
  readonly #services: DownloadServices;
  readonly #baseUrl: () => string;
  readonly #signed: SignedLinks;

  /** @param baseUrl how clients reach the server, without a slash at the end */
  constructor(services: DownloadServices, baseUrl: () => string) {
    this.#services = services;
    this.#baseUrl = baseUrl;
    this.#signed = new SignedLinks(services.catalog.settings.signingKey());
  }

  get baseUrl(): string {
    return this.#baseUrl();
  }

  /** A link that is good for some minutes. */
  signedLink(backupId: string, part = 'archive'): string {
    return `${this.#baseUrl()}${this.#signed.pathOf({ backupId, part, expiresAt: this.#expiresAt() })}`;
  }

  /**
   * A link that works once, within some minutes. It would give what the row says now: its repository is there, size and checksum are
   * those of the bytes.
   *
   * @throws `not-found`, `conflict` for a backup without data, `no-repository`, `corrupt`
   */
  async oneTimeLink(backupId: string, signal: AbortSignal): Promise<string> {
    const { catalog, clock, repositories } = this.#services;
    const backup = backupById(this.#services, backupId);
    snapshotOf(backup);
    if (!(await repositories.isThere(backup.scope, signal))) {
      throw new HoldfastError('no-repository', 'The repository of the backup is not there.');
    }
    const archive = await currentArchive(this.#services, backup, signal);
    const part = 'archive';
    const secret = catalog.links.add({ backupId, part, expiresAt: this.#expiresAt() }, clock.now().getTime());
    // The name tells clients what the archive is.
    return `${this.#baseUrl()}/download/once/${secret}/${fileNameOf(backup, archive, part)}`;
  }

  addRoutes(server: FastifyInstance): void {
    const options = { exposeHeadRoute: false };
    const once = '/download/once/:secret/:name';
    server.get<{ Params: { secret: string } }>(once, options, async (request, reply) => {
      const link = this.#services.catalog.links.redeem(request.params.secret, this.#services.clock.now().getTime());
      if (link === undefined) throw noSuchLink();
      // A half of it is of no use: the link is spent.
      return this.#send(request, reply, link.backupId, link.part, undefined);
    });
    server.get<{ Params: { backup: string; part: string }; Querystring: Record<string, unknown> }>(
      '/download/:backup/:part',
      options,
      async (request, reply) => {
        const { backup, part } = request.params;
        const { expires, signature } = request.query;
        const shown = { expires: String(expires), signature: String(signature) };
        if (!this.#signed.isGood(backup, part, shown, this.#services.clock.now().getTime())) throw noSuchLink();
        return this.#send(request, reply, backup, part, request.headers.range);
      },
    );
  }

  async #send(
    request: FastifyRequest,
    reply: FastifyReply,
    backupId: string,
    part: string,
    rangeHeader: string | undefined,
  ): Promise<FastifyReply> {
    const signal = callerSignal(request, reply);
    const backup = backupById(this.#services, backupId);
    const archive = await currentArchive(this.#services, backup, signal);
    const piece = pieceOf(archive, part, this.#segmentBytes(backup));
    const range = parseRange(rangeHeader, piece.length);
    reply.headers({
      'cache-control': 'no-store',
      'accept-ranges': 'bytes',
      etag: `"${archive.sha1}-${part}"`,
      'content-type': part === 'archive' ? types[archive.kind] : 'application/octet-stream',
      'content-disposition': `attachment; filename="${fileNameOf(backup, archive, part)}"`,
    });
    if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${piece.length}`).send();
    const { start, end } = range ?? { start: 0, end: piece.length };
    if (range !== undefined) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${piece.length}`);
    reply.header('content-length', end - start);
    const kept = await this.#services.archives.read(backup.id, archive.sha1, piece.offset + start, piece.offset + end);
    if (kept !== undefined) return reply.send(kept);
    const bytes = readArchive(this.#services, backup, archive.kind, signal);
    return reply.send(Readable.from(slice(bytes, piece.offset + start, end - start), { objectMode: false }));
  }

  #segmentBytes({ scope }: BackupRecord): number | undefined {
    const found = this.#services.config().scopes.find(({ id }) => id === scope);
    return found?.dialect === 'stacks' ? found.segmentBytes : undefined;
  }

  #expiresAt(): number {
    return this.#services.clock.now().getTime() + this.#services.config().linkMinutes * 60_000;
  }
}

function pieceOf(
  archive: BackupArchive,
  part: string,
  segmentBytes: number | undefined,
): { readonly offset: number; readonly length: number } {
  if (part === 'archive') return { offset: 0, length: archive.bytes };
  const number = Number(/^segment-(\d{1,6})$/.exec(part)?.[1] ?? Number.NaN);
  const offset = number * (segmentBytes ?? Number.NaN);
  if (!(offset < archive.bytes)) throw noSuchLink();
  return { offset, length: Math.min(segmentBytes!, archive.bytes - offset) };
}

function fileNameOf({ name, id }: BackupRecord, { kind }: BackupArchive, part: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80) || id;
  return part === 'archive' ? `${safe}.${kind}` : `${safe}.${kind}.${part}`;
}

/** One answer for links that are spent, too old, or never were. */
function noSuchLink(): HoldfastError {
  return new HoldfastError('permission', 'This link was used already, is too old, or never was one.', {
    hint: 'Ask for a new one.',
  });
}
