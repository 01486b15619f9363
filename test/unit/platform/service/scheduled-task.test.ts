import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ServiceHost, ServiceProgram } from '../../../../src/platform/service/adapter.ts';
import { taskXml } from '../../../../src/platform/service/scheduled-task.ts';
import { installService, serviceState, uninstallService } from '../../../../src/platform/service/service.ts';
import { scriptedPrograms } from '../../../support/scripted-programs.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const { signal } = new AbortController();
const plain: ServiceProgram = {
  program: 'C:\\Program Files\\H & Co\\node.exe',
  args: ['C:\\x\\cli.js', 'agent'],
  environment: {},
};
const oddWords = ['a b', '"x"', 'end\\', 'two words\\', 'back\\"quote', '', "it's", '\\\\server\\share\\'];

function argumentsOf(xml: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  const text = /<Arguments>(.*)<\/Arguments>/.exec(xml)![1]!;
  expect(text.replace(/&(amp|lt|gt|quot|apos);/g, '')).not.toMatch(/[&<>"']/);
  return text.replace(/&(\w+);/g, (_, name: string) => characters[name]!);
}

/** As CommandLineToArgvW: 2n backslashes before a double quote are n, one more makes the quote a character. */
function windowsWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let inQuotes = false;
  for (const [part, backslashes = '', quote] of line.matchAll(/(\\*)(")|\\+|\s+|[^\s"\\]+/g)) {
    if (quote !== undefined) {
      word = (word ?? '') + backslashes.slice(0, backslashes.length >> 1);
      if (backslashes.length % 2 === 1) word += '"';
      else inQuotes = !inQuotes;
    } else if (/^\s/.test(part) && !inQuotes) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + part;
  }
  return word === undefined ? words : [...words, word];
}

function scriptOf(xml: string): string {
  const encoded = /-EncodedCommand (\S+)$/.exec(argumentsOf(xml))![1]!;
  return Buffer.from(encoded, 'base64').toString('utf16le');
}

describe('taskXml', () => {
  it('keeps every word as it is', () => {
    const xml = taskXml({ ...plain, args: oddWords }, 'PC\\Me & You');
    expect(windowsWords(argumentsOf(xml))).toEqual(['--headless', plain.program, ...oddWords]);
    expect(xml.match(/<UserId>PC\\Me &amp; You<\/UserId>/g)).toHaveLength(2);
  });

  it('starts at logon, on battery too, without a time limit, and again when it failed', () => {
    const xml = taskXml(plain, 'Me');
    expect(xml).toMatch(/<LogonTrigger>/);
    expect(xml).toContain('<DisallowStartIfOnBatteries>false<');
    expect(xml).toContain('<StopIfGoingOnBatteries>false<');
    expect(xml).toContain('<ExecutionTimeLimit>PT0S<');
    expect(xml).toMatch(/<RestartOnFailure>/);
  });

  it('sets variables by a script, in which quotes of all kinds are characters', () => {
    const xml = taskXml({ ...plain, args: ['two words', "it's"], environment: { A: "x 'y' ’z %B% $C" } }, 'Me');
    const script = scriptOf(xml);
    expect(script).toContain("SetEnvironmentVariable('A', 'x ''y'' ’’z %B% $C')");
    expect(script).toContain("$start.FileName = 'C:\\Program Files\\H & Co\\node.exe'");
    expect(script).toContain(`$start.Arguments = '"two words" it''s'`);
  });

  it('never leaves a % to the task scheduler, which would expand it', () => {
    const xml = taskXml({ ...plain, program: 'C:\\100%USERNAME%\\node.exe' }, 'Me');
    expect(xml).not.toContain('%');
    expect(scriptOf(xml)).toContain('C:\\100%USERNAME%\\node.exe');
  });
});

describe('scheduled task', () => {
  it('is installed, asked about and removed', async () => {
    await using folder = await temporaryFolder();
    const hostWith = (state: string) => {
      const programs = scriptedPrograms({ 'powershell.exe': state, 'schtasks.exe': '' });
      const host: ServiceHost = {
        platform: 'win32',
        home: folder.path,
        folders: { data: folder.path, config: folder.at('config'), cache: folder.path },
        hostEnvironment: { USERDOMAIN: 'PC', USERNAME: 'me' },
        run: programs.run,
      };
      return { host, steps: () => programs.ran.filter((line) => line.startsWith('schtasks')) };
    };
    const fresh = hostWith('"none"');
    expect(await serviceState(fresh.host, signal)).toBe('not-installed');
    expect(await installService({ ...plain, ...fresh.host }, signal)).toEqual({
      definition: '\\Holdfast\\Agent',
      notes: [],
    });
    expect(fresh.steps()).toEqual([
      `schtasks.exe /Create /TN \\Holdfast\\Agent /XML ${folder.at('config/agent-task.xml')} /F`,
      'schtasks.exe /Run /TN \\Holdfast\\Agent',
    ]);
    expect(readdirSync(folder.at('config'))).toEqual([]);
    await uninstallService(fresh.host, signal);
    expect(fresh.steps()).toHaveLength(2);
    const running = hostWith('4');
    expect(await serviceState(running.host, signal)).toBe('running');
    await uninstallService(running.host, signal);
    expect(running.steps().map((line) => line.split(' ')[1])).toEqual(['/End', '/Delete']);
    expect(await serviceState(hostWith('3').host, signal)).toBe('stopped');
    expect(await serviceState(hostWith('').host, signal)).toBe('unknown');
  });

  it('is not to be had on a system that Holdfast does not know', async () => {
    const host = {
      home: '/',
      folders: { data: '', config: '', cache: '' },
      hostEnvironment: {},
      run: scriptedPrograms({}).run,
    };
    const refused = installService({ ...host, program: '/x', args: [], environment: {}, platform: 'aix' }, signal);
    await expect(refused).rejects.toMatchObject({ code: 'unsupported', hint: expect.stringContaining('log in') });
  });
});
