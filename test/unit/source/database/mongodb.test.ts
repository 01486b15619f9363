import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restoreDatabase, testDatabase } from '../../../../src/source/mod.ts';
import { chunksOf, databaseConfig, dumpsOf } from '../../../support/databases/dumps.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const password = 'quite "secret": \\1 #';
const access = { password, signal };

/** Prints or reads an "archive", and notes what it was given. */
const fake = `#!/bin/sh
folder="$(dirname "$0")"
printf '%s\\n' "$@" >"$folder/arguments"
env >"$folder/environment"
for word in "$@"; do case "$word" in --config=*) cp "\${word#--config=}" "$folder/config"; ls -l "\${word#--config=}" >"$folder/mode";; esac; done
if [ -f "$folder/says" ]; then cat "$folder/says" >&2; exit 1; fi
case "$0" in *mongodump) printf 'archive';; *) cat >"$folder/restored";; esac
`;

describe.skipIf(process.platform === 'win32')(
  'MongoDB (its tools are stood in for by a script; no server is asked)',
  () => {
    let folder: TemporaryFolder;
    const path = process.env.PATH;
    beforeEach(async () => {
      folder = await temporaryFolder();
      for (const name of ['mongodump', 'mongorestore']) {
        writeFileSync(folder.at(name), fake);
        chmodSync(folder.at(name), 0o755);
      }
      process.env.PATH = `${folder.path}:${path}`;
    });
    afterEach(async () => {
      process.env.PATH = path;
      await folder[Symbol.asyncDispose]();
    });
    const noted = (name: string) => readFileSync(folder.at(name), 'utf8');
    const config = (more = {}) =>
      databaseConfig({ engine: 'mongodb', port: 27_018, user: 'backup', passwordSecret: 'mongo', ...more });

    it('is dumped by databases, the password by a private file that is gone afterwards', async () => {
      const dumps = await dumpsOf(
        config({ databases: ['app', 'b'], excludedTables: ['app.logs', 'b.x', 'all'] }),
        access,
      );
      expect([...dumps].map(([name, content]) => [name, content.toString()])).toEqual([
        ['/mongodb/app.archive', 'archive'],
        ['/mongodb/b.archive', 'archive'],
      ]);
      const given = noted('arguments').split('\n');
      expect(given).toEqual(expect.arrayContaining(['--archive', '--db=b', '--host=127.0.0.1', '--port=27018']));
      expect(given.filter((word) => word.startsWith('--excludeCollection'))).toEqual([
        '--excludeCollection=x',
        '--excludeCollection=all',
      ]);
      expect(noted('config')).toBe(`password: ${JSON.stringify(password)}\n`);
      expect(noted('mode')).toMatch(/^-rw-------/);
      expect(noted('arguments') + noted('environment')).not.toContain('secret');
      expect(existsSync(/--config=(.*)/.exec(noted('arguments'))![1]!)).toBe(false);
    });

    it('is dumped whole, and goes back by the archive', async () => {
      const dumps = await dumpsOf(config(), access);
      expect([...dumps.keys()]).toEqual(['/mongodb/all.archive']);
      const content = chunksOf(Buffer.from('archive'));
      await restoreDatabase(config(), { entryPath: '/mongodb/app.archive', content, database: 'copy', ...access });
      expect(noted('restored')).toBe('archive');
      expect(noted('arguments')).toMatch(
        /--archive\n--drop\n--stopOnError\n--nsInclude=app\.\*\n--nsFrom=app\.\*\n--nsTo=copy\.\*\n$/,
      );
      const renamed = { entryPath: 'all.archive', content, database: 'copy', ...access };
      await expect(restoreDatabase(config(), renamed)).rejects.toMatchObject({ code: 'invalid-input' });
      expect(() => config({ excludedTables: ['a.b'] })).toThrow('name the databases');
    });

    it.each([
      ['error connecting: (AuthenticationFailed) Authentication failed.', 'unauthenticated'],
      ['could not connect to server: server selection error: connection refused', 'network'],
      ['not authorized on app to execute command', 'permission'],
      ['something else', 'io'],
    ])('says what is wrong: %s', async (says, code) => {
      writeFileSync(folder.at('says'), `Failed: ${says} ${password}\n`);
      await expect(testDatabase(config(), access)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(says),
      });
      await expect(testDatabase(config(), access)).rejects.not.toThrow('secret');
    });
  },
);
