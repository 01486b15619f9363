import { describe, expect, it } from 'vitest';
import { CONFIG_VERSION, emptyConfig, parseConfig } from '../../../src/config/config-file.ts';
import { migrate } from '../../../src/config/migrations.ts';
import { numberedRepositories } from '../../support/numbered-config.ts';

const plan = {
  id: 'documents',
  name: 'Documents',
  sources: ['/home/me/Documents'],
  trigger: { kind: 'manual' },
  repositories: ['repository-0'],
  createdAt: '2026-03-01T12:00:00.000Z',
};

describe('parseConfig', () => {
  it('fills in what is left out', () => {
    const config = parseConfig({ version: 1, repositories: numberedRepositories(0), plans: [plan] });
    expect(config.plans[0]?.excludes.nobackupMarker).toBe(true);
    expect(config.settings).toEqual(emptyConfig().settings);
    expect(config.settings.language).toBe('system');
  });

  it('comes back the same from what it was written as', () => {
    const config = parseConfig({ version: 1, repositories: numberedRepositories(3), plans: [plan] });
    expect(parseConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('names the repository that a plan refers to and that is not there', () => {
    expect(() => parseConfig({ version: 1, plans: [plan] })).toThrow(/"Documents" names the repository "repository-0"/);
  });

  it('refuses two of one id', () => {
    const repositories = numberedRepositories(0);
    expect(() => parseConfig({ version: 1, repositories: [...repositories, ...repositories] })).toThrow(
      /two repositories have the id "repository-0"/,
    );
    expect(() => parseConfig({ version: 1, repositories, plans: [plan, plan] })).toThrow(/two plans/);
  });

  it('names the field that is wrong', () => {
    const wrong = { ...plan, trigger: { kind: 'interval', minutes: 0 } };
    const parse = () => parseConfig({ version: 1, repositories: numberedRepositories(0), plans: [wrong] });
    expect(parse).toThrow(/plans\.0\.trigger\.minutes/);
    expect(() => parseConfig({ version: 1, colour: 'red' })).toThrow(/colour/);
  });

  it.each([null, [], 'text', 7, {}, { version: 0 }, { version: 1.5 }, { version: '1' }])('refuses %j', (json) => {
    expect(() => parseConfig(json)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });

  it('refuses a file of a newer version as such, whatever else is in it', () => {
    expect(() => parseConfig({ version: CONFIG_VERSION + 1, plans: 'elsewhere' })).toThrow(
      expect.objectContaining({ code: 'unsupported', hint: expect.stringContaining('Update Holdfast') }),
    );
  });
});

describe('migrate', () => {
  const steps = [(file: object) => ({ ...file, one: true }), (file: object) => ({ ...file, two: 'one' in file })];

  it('takes every step from the file’s version on, in order', () => {
    expect(migrate({ version: 1 }, steps)).toEqual({ version: 3, one: true, two: true });
    expect(migrate({ version: 2 }, steps)).toEqual({ version: 3, two: false });
    expect(migrate({ version: 3, as: 'it is' }, steps)).toEqual({ version: 3, as: 'it is' });
  });

  it('takes no step on a newer one', () => {
    expect(() => migrate({ version: 4 }, steps)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});
