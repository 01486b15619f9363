import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../src/cli/options.ts';
import { clearable } from '../../../src/cli/plan-input/clear.ts';
import {
  addPlanOptions,
  applyPlanOptions,
  inputOf,
  newPlan,
  type PlanOptions,
} from '../../../src/cli/plan-input/plan-input.ts';
import { type PlanInput, planInputSchema } from '../../../src/config/plan.ts';
import { messageFrom } from '../repository/test-repository.ts';
import { planOf } from './agent-server.ts';

const surroundings = {
  cwd: '/home/me',
  repositoryId: (text: string) => `id-of-${text}`,
  usualRepository: () => 'default',
};

/** As commander reads them, from the options that the verbs declare. */
function parse(words: readonly string[]): PlanOptions {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addPlanOptions(command, '');
  command
    .option('--remove-source <path>', '', collect)
    .option('--remove-database <name>', '', collect)
    .option('--clear <what>', '', collect);
  return command.parse(words, { from: 'user' }).opts<PlanOptions>();
}

const added = (...words: string[]): PlanInput =>
  newPlan(['docs'], { ...parse(words), name: 'Documents' }, surroundings);
const edited = (plan: Partial<PlanInput>, ...words: string[]): PlanInput =>
  applyPlanOptions(inputOf(planOf('p', plan)), [], parse(words), surroundings);

describe('a new plan', () => {
  it('is continuous, keeps the usual, and drills weekly, in the default repository', () => {
    expect(added()).toEqual({
      name: 'Documents',
      sources: ['/home/me/docs'],
      databases: [],
      excludes: {
        patterns: [],
        presets: [],
        nobackupMarker: true,
        caches: true,
        honourGitignoreFiles: false,
        oneFileSystem: false,
      },
      trigger: { kind: 'continuous', quietSeconds: 30, atLeastEveryMinutes: 15, fullScanHours: 24 },
      repositories: ['default'],
      retention: { hourly: 24, daily: 7, weekly: 5, monthly: 12, yearly: 'unlimited' },
      hooks: { before: [], after: [], onFailure: [] },
      conditions: {},
      tags: [],
      drill: { kind: 'interval', minutes: 10_080 },
      overdueIntervals: 3,
    });
  });

  it.each<[string[], Partial<PlanInput>]>([
    [['--cron', '30 2 * * *'], { trigger: { kind: 'cron', expression: '30 2 * * *' } }],
    [
      ['--cron', '30 2 * * *', '--timezone', 'Europe/Berlin'],
      { trigger: { kind: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin' } },
    ],
    [['--every', '30m'], { trigger: { kind: 'interval', minutes: 30 } }],
    [['--every', '4h'], { trigger: { kind: 'interval', minutes: 240 } }],
    [['--every', '1d'], { trigger: { kind: 'interval', minutes: 1440 } }],
    [['--every', '1h30m'], { trigger: { kind: 'interval', minutes: 90 } }],
    [['--manual'], { trigger: { kind: 'manual' } }],
    [
      ['--settle', '2s', '--at-least-every', '1h', '--full-scan-every', '7d'],
      { trigger: { kind: 'continuous', quietSeconds: 2, atLeastEveryMinutes: 60, fullScanHours: 168 } },
    ],
    [['--repository', 'nas', '--repository', 'usb'], { repositories: ['id-of-nas', 'id-of-usb'] }],
    [['--keep-daily', '3'], { retention: { daily: 3 } }],
    [['--keep-last', 'unlimited', '--keep-within', '1y6m'], { retention: { last: 'unlimited', within: '1y6m' } }],
    [['--keep-tag', 'a,b', '--keep-tag', 'c'], { retention: { tags: [['a', 'b'], ['c']] } }],
    [['--tag', 'a, b', '--tag', 'c,,a'], { tags: ['a', 'b', 'c'] }],
    [['--drill', '30d'], { drill: { kind: 'interval', minutes: 43_200 } }],
    [['--drill', '0 4 1 * *'], { drill: { kind: 'cron', expression: '0 4 1 * *' } }],
    [
      ['--only-unmetered', '--not-on-battery', '--min-battery', '30%'],
      { conditions: { network: 'unmetered', notOnBattery: true, minBatteryPercent: 30 } },
    ],
    [['--wifi', 'Home', '--wifi', 'Office'], { conditions: { wifiNames: ['Home', 'Office'] } }],
    [['--require-path', 'drive'], { conditions: { requirePaths: ['/home/me/drive'] } }],
    [['--quiet-hours', '22:00-6:00'], { conditions: { quietHours: [{ from: '22:00', to: '06:00' }] } }],
    [['--overdue', '5'], { overdueIntervals: 5 }],
    [
      ['--before', '["dump", "a b", "$(rm -rf /)"]', '--cancel-if-before-fails', '--hook-timeout', '2m'],
      {
        hooks: {
          before: [{ command: ['dump', 'a b', '$(rm -rf /)'], timeoutSeconds: 120, cancelOnFailure: true }],
          after: [],
          onFailure: [],
        },
      },
    ],
    [
      ['--after', `notify "it's done"; rm x`, '--on-failure', 'mail -s failed'],
      {
        hooks: {
          before: [],
          after: [{ command: ['notify', "it's done;", 'rm', 'x'], timeoutSeconds: 60, cancelOnFailure: false }],
          onFailure: [{ command: ['mail', '-s', 'failed'], timeoutSeconds: 60, cancelOnFailure: false }],
        },
      },
    ],
  ])('%j', (words, expected) => expect(added(...words)).toMatchObject(expected));

  it('keeps everything, or never drills, when told so', () => {
    const plan = added('--keep-all', '--drill', 'never');
    expect(plan).not.toHaveProperty('retention');
    expect(plan).not.toHaveProperty('drill');
  });

  it('keeps nothing of the usual rules beside one that is given', () => {
    expect(added('--keep-daily', '3').retention).toEqual({ daily: 3 });
  });

  it('leaves out what options say', () => {
    const words = ['-e', '*.tmp', '--exclude-preset', 'caches,trash', '--exclude-larger-than', '1G'];
    expect(added(...words, '--no-exclude-caches', '--gitignore', '-x').excludes).toEqual({
      patterns: ['*.tmp'],
      presets: ['caches', 'trash'],
      largerThanBytes: 2 ** 30,
      nobackupMarker: true,
      caches: false,
      honourGitignoreFiles: true,
      oneFileSystem: true,
    });
  });
});

describe('mistakes name the option', () => {
  it.each<[string, string[]]>([
    ['--continuous and --manual', ['--continuous', '--manual']],
    ['--cron and --every', ['--cron', '* * * * *', '--every', '1h']],
    ['--timezone', ['--timezone', 'Europe/Berlin']],
    ['--settle', ['--manual', '--settle', '5s']],
    ['--every', ['--every', '0m']],
    ['--every', ['--every', '5']],
    ['--every', ['--every', '5s']],
    ['--keep-all', ['--keep-all', '--keep-last', '1']],
    ['no snapshot', ['--keep-last', '0']],
    ['--keep-daily', ['--keep-daily', 'many']],
    ['--keep-within', ['--keep-within', '1w']],
    ['--before', ['--before', '["a", 1]']],
    ['--before', ['--before', '[a]']],
    ['--after', ['--after', '  ']],
    ['--hook-timeout', ['--hook-timeout', '5s']],
    ['--min-battery', ['--min-battery', '101']],
    ['--quiet-hours', ['--quiet-hours', '22:00']],
    ['--quiet-hours', ['--quiet-hours', '25:00-06:00']],
    ['--exclude-preset', ['--exclude-preset', 'nonsense']],
    ['--exclude-larger-than', ['--exclude-larger-than', 'big']],
    ['--overdue', ['--overdue', 'x']],
    ['--clear', ['--clear', 'nonsense']],
  ])('%s', async (says, words) => expect(await messageFrom(() => added(...words))).toContain(says));
});

describe('changing a plan', () => {
  const full: PlanInput = added(
    ...['--cron', '1 2 * * *', '-e', '*.tmp', '--exclude-preset', 'trash', '--exclude-larger-than', '1M', '--tag', 'x'],
    ...[
      '--before',
      'a',
      '--after',
      'b',
      '--on-failure',
      'c',
      '--wifi',
      'Home',
      '--not-on-battery',
      '--min-battery',
      '9',
    ],
    ...['--quiet-hours', '22:00-06:00', '--require-path', '/drive', '--only-unmetered', '--keep-daily', '3'],
  );

  it('changes nothing when nothing is given', () => expect(edited(full)).toEqual(full));

  it.each<[string[], Partial<PlanInput>]>([
    [['--name', 'Other'], { name: 'Other' }],
    [['--timezone', 'UTC'], { trigger: { kind: 'cron', expression: '1 2 * * *', timeZone: 'UTC' } }],
    [['--manual'], { trigger: { kind: 'manual' } }],
    [['-e', '*.o', '-e', '*.tmp'], { excludes: { ...full.excludes, patterns: ['*.tmp', '*.o'] } }],
    [['--no-exclude-nobackup'], { excludes: { ...full.excludes, nobackupMarker: false } }],
    [['--repository', 'nas'], { repositories: ['id-of-nas'] }],
    [['--keep-weekly', '4'], { retention: { daily: 3, weekly: 4 } }],
    [['--keep-weekly', '4', '--keep-daily', '0'], { retention: { weekly: 4 } }],
    [['--wifi', 'Office'], { conditions: { ...full.conditions, wifiNames: ['Home', 'Office'] } }],
    [['--tag', 'y'], { tags: ['x', 'y'] }],
    [['--clear', 'tags', '--tag', 'y'], { tags: ['y'] }],
    [['--clear', 'excludes,presets'], { excludes: { ...full.excludes, patterns: [], presets: [] } }],
    [['--clear', 'conditions'], { conditions: {} }],
  ])('%j', (words, expected) => expect(edited(full, ...words)).toEqual({ ...full, ...expected }));

  it('empties everything that --clear names, and nothing else', () => {
    for (const what of clearable) {
      const after = edited(full, '--clear', what);
      expect(after, what).not.toEqual(full);
      expect(planInputSchema.safeParse(after).success, what).toBe(true);
    }
    const none = edited(full, ...clearable.flatMap((what) => ['--clear', what]));
    const { largerThanBytes: _, ...excludes } = full.excludes;
    expect(none).toEqual({
      ...full,
      excludes: { ...excludes, patterns: [], presets: [] },
      hooks: { before: [], after: [], onFailure: [] },
      conditions: {},
      tags: [],
    });
  });

  it('adds and removes sources, and leaves one', async () => {
    const base = inputOf(planOf('p', { sources: ['/a', '/home/me/b'] }));
    const change = (sources: string[], ...words: string[]) =>
      applyPlanOptions(base, sources, parse(words), surroundings).sources;
    expect(change(['c', '/a'])).toEqual(['/a', '/home/me/b', '/home/me/c']);
    expect(change(['c'], '--remove-source', 'b')).toEqual(['/a', '/home/me/c']);
    expect(await messageFrom(() => change([], '--remove-source', '/nowhere'))).toContain('/nowhere');
    expect(await messageFrom(() => change([], '--remove-source', 'b', '--remove-source', '/a'))).toContain('no source');
  });

  it('adds, replaces and removes databases', async () => {
    const all = 'postgresql://app%2Fuser@[::1]:5433/app,s%20p?secret=database-pg&exclude=app.logs&exclude=x&name=main';
    const given = [all, 'redis://localhost', 'mysql:?socket=/run/m.sock&tls=/ca.pem&replica=other:3307'];
    const words = given.flatMap((address) => ['--database', address]);
    const plan = newPlan([], { ...parse(words), name: 'Data' }, surroundings);
    expect(plan).toMatchObject({ sources: [], trigger: { kind: 'interval', minutes: 1440 } });
    expect(plan.databases).toEqual([
      {
        engine: 'postgresql',
        name: 'main',
        host: '::1',
        port: 5433,
        user: 'app/user',
        databases: ['app', 's p'],
        passwordSecret: 'database-pg',
        excludedTables: ['app.logs', 'x'],
      },
      { engine: 'redis', host: 'localhost', excludedTables: [] },
      {
        engine: 'mysql',
        host: 'localhost',
        socket: '/run/m.sock',
        excludedTables: [],
        tls: { caFile: '/ca.pem' },
        replica: { host: 'other', port: 3307 },
      },
    ]);
    expect(planInputSchema.parse(plan)).toEqual(plan);
    const change = (...more: string[]) => applyPlanOptions(plan, [], parse(more), surroundings).databases;
    expect(change('--remove-database', 'main', '--database', 'redis://other')).toEqual([
      { engine: 'redis', host: 'other', excludedTables: [] },
      plan.databases[2],
    ]);
    expect(await messageFrom(() => change('--remove-database', 'none'))).toContain('none is no database of the plan');
    const all3 = ['main', 'redis', 'mysql'].flatMap((name) => ['--remove-database', name]);
    expect(await messageFrom(() => change(...all3))).toContain('no source');
  });

  it.each([
    ['redis://me:hush@host', 'the password must not be in it'],
    ['oracle://host', 'engine'],
    ['host', 'no address'],
    ['redis://host/0', 'all of its databases at once'],
    ['redis://host?secrets=x', 'no "secrets"'],
    ['mysql://host/%zz', '"%25"'],
    ['mysql://-host/x', 'host'],
    ['mysql://host/-x', 'does not begin with "-"'],
  ])('refuses the database %s', async (address, why) => {
    const message = await messageFrom(() => added('--database', address));
    expect(message).toContain(why);
    expect(message).not.toContain('hush');
  });

  it('always gives what the schema takes, whatever is combined', () => {
    const choice = (...options: string[][]) => fc.constantFrom([], ...options);
    const words = fc
      .tuple(
        choice(['--manual'], ['--every', '3h'], ['--cron', '* * * * *'], ['--continuous', '--settle', '9s']),
        choice(['--keep-last', '3'], ['--keep-all'], ['--keep-yearly', 'unlimited']),
        choice(['-e', 'x'], ['--exclude-preset', 'games'], ['--no-gitignore'], ['--one-file-system']),
        choice(['--wifi', 'a'], ['--min-battery', '5'], ['--quiet-hours', '1:00-2:00']),
        choice(['--before', 'a b'], ['--after', '["x"]']),
        choice(...clearable.map((what) => ['--clear', what])),
        choice(['--drill', 'never'], ['--drill', '1w'], ['--tag', 'q'], ['--name', 'n']),
      )
      .map((parts) => parts.flat());
    fc.assert(
      fc.property(words, words, (first, second) => {
        const plan = edited(edited(full, ...first), ...second);
        expect(planInputSchema.parse(plan)).toEqual(plan);
      }),
      { numRuns: 200 },
    );
  });
});
