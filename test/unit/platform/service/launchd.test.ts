import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ServiceHost } from '../../../../src/platform/service/adapter.ts';
import { launchdPlist } from '../../../../src/platform/service/launchd.ts';
import { installService, serviceState, uninstallService } from '../../../../src/platform/service/service.ts';
import { scriptedPrograms } from '../../../support/scripted-programs.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const { signal } = new AbortController();
const words = ['/Applications/My App & Co/node', 'a b', '100%', '"x" <y>', "it's", '', '&amp;'];

function unescaped(xml: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return xml.replace(/&(\w+);/g, (_, name: string) => characters[name]!);
}
/** The strings of the array or dictionary after a key. */
function stringsAfter(plist: string, key: string): string[] {
  const part = plist.slice(plist.indexOf(`<key>${key}</key>`)).split(/<\/(?:array|dict)>/)[0]!;
  return [...part.matchAll(/<string>(.*)<\/string>/g)].map(([, text]) => unescaped(text!));
}

describe('launchdPlist', () => {
  const [program, ...args] = words as [string, ...string[]];

  it('keeps every word as it is', () => {
    const plist = launchdPlist({ program, args, environment: { A: 'x & "y"', B: '' } }, '/Users/me/Library/log');
    expect(stringsAfter(plist, 'ProgramArguments')).toEqual(words);
    expect(stringsAfter(plist, 'EnvironmentVariables')).toEqual(['x & "y"', '']);
    expect(plist.replace(/&(amp|lt|gt|quot|apos);/g, '')).not.toContain('&');
    expect(plist).toMatch(/<key>RunAtLoad<\/key>\s*<true\/>/);
  });

  it('refuses what no XML can hold', () => {
    for (const word of ['a\0', 'a\nb', '\ud800']) {
      const make = () => launchdPlist({ program, args: [word], environment: {} }, '/log');
      expect(make).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    }
  });
});

describe('launchd service', () => {
  it('is installed, asked about and removed', async () => {
    await using folder = await temporaryFolder();
    const programs = scriptedPrograms({ '/bin/launchctl print': '\tstate = running\n', '/bin/launchctl': '' });
    const host: ServiceHost = {
      platform: 'darwin',
      home: folder.path,
      folders: { data: '/d', config: '/c', cache: '/cache' },
      hostEnvironment: {},
      run: programs.run,
    };
    const path = folder.at('Library/LaunchAgents/holdfast.agent.plist');
    expect(await serviceState(host, signal)).toBe('not-installed');
    const { definition } = await installService({ ...host, program: '/node', args: [], environment: {} }, signal);
    expect(definition).toBe(path);
    expect(stringsAfter(readFileSync(path, 'utf8'), 'ProgramArguments')).toEqual(['/node']);
    const verbs = programs.ran.map((line) => line.split(' ')[1]);
    expect(verbs, 'an earlier one is stopped first').toEqual(['print', 'bootout', 'enable', 'bootstrap']);
    expect(await serviceState(host, signal)).toBe('running');
    expect(await serviceState({ ...host, run: scriptedPrograms({}).run }, signal)).toBe('unknown');
    expect(await serviceState({ ...host, run: scriptedPrograms({ '/bin/': { code: 113 } }).run }, signal)).toBe(
      'stopped',
    );
    await uninstallService(host, signal);
    expect(existsSync(path)).toBe(false);
  });
});
