/**
 * What the real products do beyond their documents, as explicit lists. The stub takes and answers these only `withProduct: true`; a
 * client that needs one of them to work with a documented server is wrong.
 */
import { answerBody, type Dialect, type Fixture, fixture, type Json, type Parameter } from './dialect-fixtures.ts';

/** A header that carries the credential, and what stands before it. */
export interface CredentialForm {
  readonly header: string;
  readonly prefix: string;
}

interface ProductExtensions {
  readonly credentials: readonly CredentialForm[];
  /** Query parameters of what is read from these paths. */
  readonly query: readonly { readonly path: string; readonly name: string; readonly type: Parameter['type'] }[];
  /** Fields of a body that the document calls required. */
  readonly optionalFields: readonly string[];
  /** Query parameters may come as a form or as JSON (with nulls for what is not given) as well. */
  readonly parametersInBody: boolean;
  /** What clients put behind every path. */
  readonly pathSuffix: string;
  /** Exchanges of their own, and other answers to documented requests. All are named `product:…`. */
  readonly exchanges: () => readonly Fixture[];
}

const bearer: CredentialForm = { header: 'authorization', prefix: 'Bearer ' };

/** As the documents show it; those of panel and stacks show none, so it is what their products want. */
export const documentedCredential: Readonly<Record<Dialect, CredentialForm>> = {
  organizations: { header: 'token', prefix: '' },
  fa: bearer,
  panel: bearer,
  stacks: bearer,
};

const nothing = { credentials: [], query: [], optionalFields: [], parametersInBody: false, pathSuffix: '' };

export const productExtensions: Readonly<Record<Dialect, ProductExtensions>> = {
  organizations: {
    ...nothing,
    credentials: [bearer, { header: 'authorization', prefix: 'Token ' }],
    query: ['page', 'page_size'].map((name) => ({
      path: '/organizations/backup/list/{level}/{sid}/{serializer}/',
      name,
      type: 'integer',
    })),
    exchanges: () => {
      const created = fixture('organizations', 'backup-create');
      const list = fixture('organizations', 'backup-list');
      return [
        answered(created, 'product:backup-created', 201, answerBody(created) ?? null),
        answered(list, 'product:error-message', 406, { message: 'Wrong id - the provided sid is not correct' }),
        answered(list, 'product:error-list', 406, ['Wrong id - the provided sid is not correct']),
        answered(list, 'product:error-detail', 403, { detail: 'You do not have permission to perform this action.' }),
      ];
    },
  },
  fa: {
    ...nothing,
    exchanges: () => {
      const cancel = fixture('fa', 'backup-cancel');
      const all = fixture('fa', 'destroy-repo');
      return [
        asked(fixture('fa', 'backup-create'), 'product:backup-new', { path: '/fa/api/v0/backup/new' }),
        asked(fixture('fa', 'restore-create'), 'product:restore-new', { path: '/fa/api/v0/restore/new' }),
        asked(cancel, 'product:restore-cancel', { path: '/fa/api/v0/restore/cancel' }),
        asked(all, 'product:restore-cancel-all', { path: '/fa/api/v0/restore/cancel-all' }),
        answered(
          asked(all, '', { method: 'GET', path: '/fa/api/v0/backup/repo-destroyed' }),
          'product:repo-destroyed',
          200,
          { code: 2001, message: 'success', data: { destroyed: true } },
        ),
        answered(fixture('fa', 'backup-status'), 'product:unauthenticated', 401, { code: 401, message: 'no token' }),
      ];
    },
  },
  panel: {
    ...nothing,
    query: ['page', 'per_page'].map((name) => ({
      path: '/api/client/servers/{server_id}/backups',
      name,
      type: 'integer',
    })),
    optionalFields: ['name'],
    exchanges: () => {
      const create = fixture('panel', 'backup-create');
      const error = (of: Fixture, name: string, status: number, code: string, detail: string, more: object = {}) =>
        answered(of, name, status, { errors: [{ code, status: String(status), detail, ...more }] });
      const busy = 'This server is currently restoring from a backup.';
      const locked = 'This backup is locked.';
      return [
        error(fixture('panel', 'backup-list'), 'product:restoring', 409, 'ServerStateConflictException', busy),
        error(fixture('panel', 'backup-delete'), 'product:delete-locked', 400, 'BackupLockedException', locked),
        error(create, 'product:too-many-backups', 400, 'TooManyBackupsException', 'Backup limit reached.'),
        withHeader(
          error(create, 'product:throttled', 429, 'TooManyRequestsHttpException', 'Too many backups for now.'),
          { 'Retry-After': '60' },
        ),
        error(
          create,
          'product:invalid',
          422,
          'ValidationException',
          'The name may not be greater than 191 characters.',
          {
            meta: { source_field: 'name', rule: 'max' },
          },
        ),
      ];
    },
  },
  stacks: {
    ...nothing,
    query: ['/stacks/{id}/backups', '/stacks/{stack_id}/backups/{backup_id}/files'].map((path) => ({
      path,
      name: 'page',
      type: 'integer',
    })),
    parametersInBody: true,
    pathSuffix: '.json',
    exchanges: () => {
      const error = (name: string, status: number, error: string, error_description: string) =>
        answered(fixture('stacks', 'backup-list'), name, status, { error, error_description, details: null });
      return [
        error('product:wrong-scope', 403, 'insufficient_scope', 'The access token does not have the scope.'),
        error('product:not-found', 404, 'not_found', 'The stack was not found.'),
        error('product:throttled', 503, 'throttled', 'Rate limit exceeded.'),
      ];
    },
  },
};

/** The same exchange under another request line. */
function asked(of: Fixture, name: string, request: { path: string; method?: 'GET' }): Fixture {
  return { ...of, name, request: { ...of.request, ...request } };
}

/** Another answer to the same request, that the document does not show. */
function answered(of: Fixture, name: string, status: number, productBody: Json): Fixture {
  return { ...of, name, response: { status, headers: of.response.headers, headerLines: [], productBody } };
}

function withHeader(of: Fixture, headers: Readonly<Record<string, string>>): Fixture {
  return { ...of, response: { ...of.response, headers: { ...of.response.headers, ...headers } } };
}
