import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ServiceHost, ServiceProgram } from '../../../../src/platform/service/adapter.ts';
import { installService, serviceState, uninstallService } from '../../../../src/platform/service/service.ts';
import { systemdUnit } from '../../../../src/platform/service/systemd.ts';
import { runProcess } from '../../../support/run-process.ts';
import { scriptedPrograms } from '../../../support/scripted-programs.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { requireTool } from '../../../support/tools.ts';

const { signal } = new AbortController();
const plain: ServiceProgram = { program: '/usr/bin/node', args: ['cli.js', 'agent'], environment: {} };
const oddWords = [
  'a b',
  '100%h',
  '$HOME',
  '$' + '{HOME}',
  '"x"',
  ';',
  '',
  "it's",
  'back\\slash',
  'tab\tnew\nline',
  'é & <b>',
];

/** What systemd makes of the value of ExecStart= or Environment= (systemd.syntax: quoting; specifiers %%). */
function systemdWords(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => {
    const plainWord = word!.replace(/\\(.)/g, (_, char: string) => ({ n: '\n', t: '\t', r: '\r' })[char] ?? char);
    expect(plainWord.replaceAll('%%', '')).not.toContain('%');
    return plainWord.replaceAll('%%', '%');
  });
}
function valuesOf(unit: string, key: string): string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value!);
}
/** Of the program's own words, "$$" is a dollar; a single one would be a variable. */
function commandOf(unit: string): string[] {
  const [file, ...args] = systemdWords(valuesOf(unit, 'ExecStart')[0]!);
  for (const arg of args) expect(arg.replaceAll('$$', '')).not.toContain('$');
  return [file!, ...args.map((arg) => arg.replaceAll('$$', '$'))];
}

describe('systemdUnit', () => {
  it('keeps every word as it is', () => {
    const program = '/opt/My Apps/100% $HOME & é/node';
    const unit = systemdUnit({ program, args: oddWords, environment: { ODD: oddWords.slice(0, 9).join(' '), B: '' } });
    expect(commandOf(unit)).toEqual([program, ...oddWords]);
    expect(valuesOf(unit, 'Environment').map(systemdWords)).toEqual([
      [`ODD=${oddWords.slice(0, 9).join(' ')}`],
      ['B='],
    ]);
  });

  it('starts by env what systemd does not take as a program', () => {
    for (const program of ['/opt/"q"/node', "/opt/it's/node", '/opt/back\\slash/$HOME']) {
      expect(commandOf(systemdUnit({ ...plain, program }))).toEqual(['/usr/bin/env', program, 'cli.js', 'agent']);
    }
  });

  it('starts at login and again when it failed', () => {
    const unit = systemdUnit(plain);
    expect(valuesOf(unit, 'Restart')).toEqual(['on-failure']);
    expect(valuesOf(unit, 'WantedBy')).toEqual(['default.target']);
  });

  it('refuses what no unit can hold', () => {
    expect(() => systemdUnit({ ...plain, args: ['a\0b'] })).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    expect(() => systemdUnit({ ...plain, program: '/a\u001bb' })).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });
});

function hostIn(folder: TemporaryFolder, answers: Parameters<typeof scriptedPrograms>[0]) {
  const programs = scriptedPrograms(answers);
  const host: ServiceHost = {
    platform: 'linux',
    home: folder.at('home'),
    folders: { data: folder.at('data'), config: folder.at('config'), cache: folder.at('cache') },
    hostEnvironment: { XDG_CONFIG_HOME: folder.at('xdg') },
    run: programs.run,
  };
  return { host, ran: programs.ran, path: folder.at('xdg/systemd/user/holdfast-agent.service') };
}

describe('systemd service', () => {
  it('is installed, asked about and removed', async () => {
    await using folder = await temporaryFolder();
    const { host, ran, path } = hostIn(folder, {
      'systemctl --user show --property=ActiveState': 'ActiveState=active\n',
      'systemctl --user ': '',
    });
    expect(await serviceState(host, signal)).toBe('not-installed');
    const installed = await installService({ ...plain, ...host }, signal);
    expect(installed).toEqual({ definition: path, notes: [expect.stringContaining('enable-linger')] });
    expect(readFileSync(path, 'utf8')).toBe(systemdUnit(plain));
    expect(readdirSync(folder.at('xdg/systemd/user'))).toEqual(['holdfast-agent.service']);
    const steps = ['daemon-reload', 'enable holdfast-agent.service', 'restart holdfast-agent.service'];
    expect(ran.slice(-3)).toEqual(steps.map((step) => `systemctl --user ${step}`));
    expect(await serviceState(host, signal)).toBe('running');
    await uninstallService(host, signal);
    expect(ran).toContain('systemctl --user disable --now holdfast-agent.service');
    expect(existsSync(path)).toBe(false);
    await uninstallService(host, signal);
  });

  it('lies in ~/.config where XDG_CONFIG_HOME says nothing of use', async () => {
    await using folder = await temporaryFolder();
    const { host } = hostIn(folder, { systemctl: '' });
    for (const hostEnvironment of [{}, { XDG_CONFIG_HOME: 'relative' }]) {
      const { definition } = await installService({ ...plain, ...host, hostEnvironment }, signal);
      expect(definition).toBe(folder.at('home/.config/systemd/user/holdfast-agent.service'));
    }
  });

  it.each([
    ['no systemctl', {}],
    ['no session', { systemctl: { code: 1, stderr: 'Failed to connect to bus: No medium found\n' } }],
  ])('says what to do where there is %s, and installs nothing', async (_, answers) => {
    await using folder = await temporaryFolder();
    const { host, path } = hostIn(folder, answers);
    const refused = installService({ ...plain, args: ['my cli.js'], ...host }, signal);
    await expect(refused).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringMatching(/enable-linger.*'my cli.js'/),
    });
    expect(existsSync(path)).toBe(false);
    await uninstallService(host, signal);
  });

  it('is removed also where there is no session, link and all', async () => {
    await using folder = await temporaryFolder();
    const { host, path } = hostIn(folder, {});
    const link = folder.at('xdg/systemd/user/default.target.wants/holdfast-agent.service');
    writeFileSync(path, '');
    symlinkSync(path, link);
    expect(await serviceState(host, signal)).toBe('unknown');
    await uninstallService(host, signal);
    expect(readdirSync(folder.at('xdg/systemd/user'))).toEqual(['default.target.wants']);
    expect(readdirSync(folder.at('xdg/systemd/user/default.target.wants'))).toEqual([]);
  });

  it('says which step failed, with what the program said', async () => {
    await using folder = await temporaryFolder();
    const { host } = hostIn(folder, {
      'systemctl --user restart': { code: 5, stderr: 'x\nUnit is masked.\n' },
      systemctl: '',
    });
    const refused = installService({ ...plain, ...host }, signal);
    await expect(refused).rejects.toMatchObject({
      code: 'io',
      message: expect.stringMatching(/restart.*exit 5.*masked/),
    });
  });

  it('knows a service that has stopped', async () => {
    await using folder = await temporaryFolder();
    const { host, path } = hostIn(folder, { systemctl: 'ActiveState=activating\n' });
    writeFileSync(path, '');
    expect(await serviceState(host, signal)).toBe('stopped');
  });
});

const analyze = process.platform === 'linux' ? requireTool('systemd-analyze') : undefined;

describe.skipIf(analyze === undefined)('systemd itself', () => {
  it.each(['node', 'a b 100% & é $HOME/node', '"q" it\'s \\ é/node'])('takes the unit for %s', async (name) => {
    await using folder = await temporaryFolder();
    const program = folder.at(name);
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    const { host, path } = hostIn(folder, { systemctl: '' });
    await installService({ ...host, program, args: oddWords, environment: { ODD: oddWords.join(' ') } }, signal);
    mkdirSync(folder.at('run'));
    const env = { ...process.env, XDG_CONFIG_HOME: folder.at('xdg'), XDG_RUNTIME_DIR: folder.at('run') };
    const verified = await runProcess(analyze!, ['--user', 'verify', path], { env });
    expect(verified).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});
