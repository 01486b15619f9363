import { describe, expect, it } from 'vitest';
import english from '../../../renderer/i18n/en/remotes.json' with { type: 'json' };
import {
  dialectNames,
  dialects,
  isComplete,
  isPlainHttp,
  newRemote,
  remoteInputOf,
  withDialect,
} from '../../../renderer/views/remotes/connection/remote-draft.ts';
import { isOrderComplete, orderFields, orderOf } from '../../../renderer/views/remotes/order/order.ts';
import {
  actionsOn,
  backupPath,
  type Capabilities,
  newestFirst,
  type RemoteView,
} from '../../../renderer/views/remotes/remote-view.ts';
import { remoteInputSchema, remoteOrderSchema } from '../../../src/config/remote.ts';
import { remoteBackupSchema } from '../../../src/control/schemas/remotes.ts';

const nothing: Capabilities = {
  actions: [],
  createFields: [],
  createNeeds: [],
  listsAll: true,
  restoreTruncates: false,
};

function viewOf(capabilities: Capabilities | undefined): RemoteView {
  return {
    remote: { ...newRemote('panel'), id: 'panel', createdAt: '2026-01-01T00:00:00Z', revision: 0 },
    state: 'ok',
    credential: 'keychain',
    capabilities,
    counts: { backups: 0, done: 0, running: 0, failed: 0 },
    jobs: [],
  };
}

describe('a remote that is typed', () => {
  it('has a form for every dialect that there is, and words for each', () => {
    expect([...dialectNames].sort()).toEqual([...remoteInputSchema.shape.dialect.options].sort());
    expect(Object.keys(english.dialect).sort()).toEqual([...dialectNames].sort());
  });

  it('is called like its server unless it is named, and has no empty fields', () => {
    const typed = { ...newRemote('fa'), baseUrl: ' https://files.example:8443/base ', scope: ' ' };
    expect(remoteInputOf(typed)).toEqual({
      ...newRemote('fa'),
      name: 'files.example:8443',
      baseUrl: 'https://files.example:8443/base',
    });
    expect(remoteInputOf({ ...typed, name: ' Ada ' }).name).toBe('Ada');
    expect(remoteInputOf({ ...typed, baseUrl: 'nonsense' }).name).toBe('nonsense');
  });

  it('keeps what is said of the server when it is of another dialect, and no settings', () => {
    const typed = {
      ...newRemote('organizations'),
      baseUrl: 'https://a',
      scope: 'acme',
      settings: { header: 'Bearer' },
    };
    expect(withDialect(typed, 'panel')).toMatchObject({ baseUrl: 'https://a', scope: 'acme', settings: {} });
    expect(withDialect(typed, 'fa')).not.toHaveProperty('scope');
  });

  it.each(dialectNames)('%s can be tried when its address is there, and its scope where it has one', (dialect) => {
    const typed = { ...newRemote(dialect), baseUrl: 'https://a' };
    expect(isComplete(typed)).toBe(!dialects[dialect].hasScope);
    expect(isComplete({ ...typed, scope: 'x' })).toBe(true);
    expect(isComplete({ ...typed, baseUrl: ' ', scope: 'x' })).toBe(false);
  });
});

describe('a connection without encryption', () => {
  it.each([
    ['http://backup.example', true],
    [' HTTP://10.0.0.1:8080/base ', true],
    ['http://localhost.example', true],
    ['https://backup.example', false],
    ['http://localhost:8080', false],
    ['http://127.0.0.1:8080', false],
    ['http://[::1]/', false],
    ['http:', false],
  ])('%s: is to be allowed: %s', (baseUrl, is) => {
    expect(isPlainHttp({ ...newRemote('fa'), baseUrl })).toBe(is);
  });
});

describe('an order', () => {
  it('has a field for all that there is', () => {
    expect([...orderFields].sort()).toEqual(Object.keys(remoteOrderSchema.shape).sort());
  });

  it('has only what was filled in, and what the dialect takes', () => {
    const takes = { ...nothing, createFields: ['name', 'ignored', 'gzip', 'locked'] };
    const typed = { name: ' Monday ', path: 'data', ignored: [], gzip: false, description: 'x' };
    expect(orderOf(typed, takes)).toEqual({ name: 'Monday', gzip: false });
  });

  it('is complete when all is there that the dialect needs', () => {
    const needs = { ...nothing, createFields: ['path'], createNeeds: ['path'] };
    expect(isOrderComplete({}, needs)).toBe(false);
    expect(isOrderComplete({ path: '  ' }, needs)).toBe(false);
    expect(isOrderComplete({ path: 'data' }, needs)).toBe(true);
    expect(isOrderComplete({}, nothing)).toBe(true);
  });
});

describe('what can be done with a backup', () => {
  const all = [
    'cancel',
    'cancelAll',
    'rename',
    'describe',
    'lock',
    'delete',
    'destroyRepository',
    'restore',
    'restoreStatus',
    'download',
    'import',
    'files',
  ];
  const able = viewOf({ ...nothing, actions: all });
  const offered = (view: RemoteView, backup: { state: 'running' | 'done' | 'failed'; changeable?: boolean }) =>
    Object.entries(actionsOn(view, remoteBackupSchema.parse({ id: 'a', ...backup })))
      .filter(([, is]) => is)
      .map(([action]) => action);

  it('is what the state allows', () => {
    expect(offered(able, { state: 'running' })).toEqual(['cancel', 'rename', 'describe', 'lock', 'files']);
    expect(offered(able, { state: 'failed' })).toEqual(['rename', 'describe', 'lock', 'delete', 'files']);
    expect(offered(able, { state: 'done' })).toEqual([
      'restore',
      'download',
      'rename',
      'describe',
      'lock',
      'delete',
      'files',
    ]);
  });

  it('is nothing that changes one which may not be changed', () => {
    expect(offered(able, { state: 'done', changeable: false })).toEqual(['restore', 'download', 'files']);
  });

  it('is nothing that the dialect cannot do, and nothing at all while that is not known', () => {
    expect(offered(viewOf({ ...nothing, actions: ['download'] }), { state: 'done' })).toEqual(['download']);
    expect(offered(viewOf(undefined), { state: 'done' })).toEqual([]);
  });
});

describe('backups', () => {
  it('are shown newest first, whatever their times look like', () => {
    const made = (id: string, createdAt?: string) =>
      remoteBackupSchema.parse({ id, state: 'done', ...(createdAt === undefined ? {} : { createdAt }) });
    const backups = [
      made('none'),
      made('old', '2026-01-01T12:00:00Z'),
      made('new', '2026-01-01T12:30:00+00:00'),
      made('zone', '2026-01-01T14:10:00+02:00'),
    ];
    expect(newestFirst(backups).map(({ id }) => id)).toEqual(['new', 'zone', 'old', 'none']);
  });

  it('have pages of their own, whatever their ids are', () => {
    expect(backupPath('acme', 'a/b?c')).toBe('/remotes/acme/backups/a%2Fb%3Fc');
  });
});
