import { describe, expect, it } from 'vitest';
import { planInputSchema } from '../../../src/config/plan.ts';

const plan = { name: 'Data', sources: [], trigger: { kind: 'manual' }, repositories: ['disk'] };
const redis = { engine: 'redis' };
const faults = (some: object) =>
  planInputSchema
    .safeParse({ ...plan, ...some })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('a plan', () => {
  it('has files or databases', () => {
    expect(faults({ databases: [redis] })).toBeUndefined();
    expect(faults({ sources: ['/a'] })).toBeUndefined();
    expect(faults({ sources: ['/a'], databases: [redis], trigger: { kind: 'continuous' } })).toBeUndefined();
    expect(faults({})).toEqual(['sources: at least one file, folder or database']);
  });

  it('of databases alone needs a schedule, as they are not watched', () => {
    const found = faults({ databases: [redis], trigger: { kind: 'continuous' } });
    expect(found).toEqual([expect.stringMatching(/^trigger: .*a schedule$/)]);
  });

  it('has a folder for each database server', () => {
    expect(faults({ databases: [redis, { ...redis, name: 'cache' }] })).toBeUndefined();
    expect(faults({ databases: [redis, { ...redis, host: 'other' }] })).toEqual([
      expect.stringMatching(/^databases: .*names/),
    ]);
    expect(faults({ databases: [redis, { engine: 'mysql', name: 'redis' }] })).toHaveLength(1);
  });

  it.each([
    { ...redis, host: '-x' },
    { ...redis, user: '--x' },
    { ...redis, password: 'x' },
    { ...redis, name: '../x' },
    { ...redis, socket: 'relative' },
    { engine: 'postgresql', databases: [] },
    { engine: 'postgresql', databases: ['a\nb'] },
    { engine: 'oracle' },
  ])('refuses the database %j', (database) => {
    expect(faults({ databases: [database] })).not.toBeUndefined();
  });
});
