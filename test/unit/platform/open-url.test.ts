import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openUrl } from '../../../src/platform/open-url.ts';
import { runProgram } from '../../../src/platform/run-program.ts';
import { scriptedPrograms } from '../../support/scripted-programs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
const url = "http://127.0.0.1:4321/login?code=a&b='%20$(x)";
const display = { DISPLAY: ':0' };

describe('openUrl', () => {
  it.skipIf(process.platform === 'win32')('gives the whole address to xdg-open as one word', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('xdg-open'), `#!/bin/sh\nprintf '%s' "$#:$1" > '${folder.at('opened')}'\n`);
    chmodSync(folder.at('xdg-open'), 0o755);
    const run: typeof runProgram = (file, args, options) => runProgram(folder.at(file), args, options);
    expect(await openUrl(url, signal, { platform: 'linux', environment: display, run })).toBe(true);
    expect(readFileSync(folder.at('opened'), 'utf8')).toBe(`1:${url}`);
  });

  it('is false without a display, without the program, and when that finds nothing to open it with', async () => {
    const { run, ran } = scriptedPrograms({ 'xdg-open': { code: 3 } });
    expect(await openUrl(url, signal, { platform: 'linux', environment: {}, run })).toBe(false);
    expect(ran).toEqual([]);
    expect(await openUrl(url, signal, { platform: 'linux', environment: { WAYLAND_DISPLAY: 'w' }, run })).toBe(false);
    expect(ran).toHaveLength(1);
    expect(await openUrl(url, signal, { platform: 'linux', environment: display, run: scriptedPrograms({}).run })).toBe(
      false,
    );
  });

  it('does not wait for a browser to be closed', async () => {
    const { run } = scriptedPrograms({ 'xdg-open': { code: 'killed' } });
    expect(await openUrl(url, signal, { platform: 'linux', environment: display, run })).toBe(true);
  });

  it('opens by "open" on macOS, and by a quoted script on Windows', async () => {
    const mac = scriptedPrograms({ '/usr/bin/open': '' });
    expect(await openUrl('/tmp/kit.html', signal, { platform: 'darwin', environment: {}, run: mac.run })).toBe(true);
    expect(mac.ran).toEqual(['/usr/bin/open /tmp/kit.html']);
    const windows = scriptedPrograms({ 'powershell.exe': 'true\r\n' });
    expect(await openUrl(url, signal, { platform: 'win32', environment: {}, run: windows.run })).toBe(true);
    const script = Buffer.from(windows.ran[0]!.split(' ').pop()!, 'base64').toString('utf16le');
    expect(script).toContain("-FilePath 'http://127.0.0.1:4321/login?code=a&b=''%20$(x)'");
    expect(await openUrl(url, signal, { platform: 'win32', run: scriptedPrograms({}).run })).toBe(false);
  });

  it.each(['javascript:alert(1)', 'calc.exe', '--help', 'https://a b', 'mailto:x', 'ssh://x', ''])(
    'refuses %j',
    async (target) => {
      const { run, ran } = scriptedPrograms({ '': '' });
      await expect(openUrl(target, signal, { environment: display, run })).rejects.toMatchObject({
        code: 'invalid-input',
      });
      expect(ran).toEqual([]);
    },
  );
});
