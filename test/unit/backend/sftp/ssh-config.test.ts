/** What is read of ssh's configuration, beside what ssh itself says of it (`ssh -G`). */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSshConfig } from '../../../../src/backend/sftp/ssh-config.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { requireTool } from '../../../support/tools.ts';

const ssh = requireTool('ssh-keygen'); // of the same package

/** Of ssh itself; it takes what `-F` names alone, and relative includes of that from ~/.ssh. */
function askSsh(config: string, host: string) {
  const { stdout } = spawnSync('ssh', ['-G', '-F', config, host], { encoding: 'utf8' });
  const found = new Map(stdout.split('\n').map((line) => line.split(/ (.*)/s) as [string, string]));
  return { hostName: found.get('hostname'), user: found.get('user'), port: Number(found.get('port')) };
}

describe.skipIf(ssh === undefined)('Include in the configuration of ssh', () => {
  const write = (folder: TemporaryFolder, files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) writeFileSync(folder.at(...name.split('/')), text);
  };

  it('counts as for ssh: before and after, in a section, by pattern, nested, in quotes', async () => {
    await using folder = await temporaryFolder();
    const at = (name: string): string => folder.at(...name.split('/'));
    write(folder, {
      config: [
        `Include "${at('with space/one.conf')}" ${at('more')}/*.conf`,
        'Host nas',
        '  User second',
        `  include = ${at('nas.conf')}`,
        '  Port 2200',
        'Host other',
        `  Include ${at('nas.conf')}`,
        '  HostName other.example',
        'Host *',
        '  User last',
        `Include ${at('nothing')}/*.conf`,
      ].join('\n'),
      'with space/one.conf': 'Host first\n  HostName first.example\n  User one',
      'more/a.conf': `Include ${at('deep.conf')}`,
      'more/b.conf': 'Host deep first\n  HostName later.example\n  User later',
      'deep.conf': 'Host deep\n  HostName deep.example',
      'nas.conf': 'HostName nas.example\nPort 2222',
    });
    const found: unknown[] = [];
    for (const host of ['first', 'deep', 'nas', 'other', 'unnamed']) {
      const { hostName = host, user, port = 22 } = await readSshConfig(at('config'), host);
      expect({ hostName, user, port }, host).toEqual(askSsh(at('config'), host));
      found.push([hostName, user, port]);
    }
    expect(found).toEqual([
      ['first.example', 'one', 22],
      ['deep.example', 'later', 22],
      ['nas.example', 'second', 2222],
      ['nas.example', 'last', 2222],
      ['unnamed', 'last', 22],
    ]);
  });

  it('relative names are below the folder of the file; a circle ends; what Match holds is left out', async () => {
    await using folder = await temporaryFolder();
    write(folder, {
      config: 'Include config.d/*\nMatch all\n  Include secret\nHost *\n  Port 22',
      'config.d/nas': 'Include config.d/nas\nHost nas\n  HostName nas.example',
      secret: 'Port 1',
    });
    expect(await readSshConfig(folder.at('config'), 'nas')).toMatchObject({ hostName: 'nas.example', port: 22 });
  });
});
