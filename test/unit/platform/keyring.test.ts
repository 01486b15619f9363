/** Promise 24 with a real keychain: GNOME Keyring on a session bus of its own, in a home of its own. */
import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runOk, runProcess } from '../../support/run-process.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';
import { requireTool } from '../../support/tools.ts';

const tools = process.platform === 'linux' && [requireTool('dbus-run-session'), requireTool('gnome-keyring-daemon')];
const isMissing = tools === false || tools.includes(undefined);
const canary = 'canary-of-promise-24';

const unlock = 'printf passphrase | gnome-keyring-daemon --unlock --components=secrets';

/** Runs a script, which has `secrets` and `signal`, in a session; gives back what it printed. */
async function inSession(home: TemporaryFolder, script: string, options: { unlocked: boolean; passphrase?: string }) {
  mkdirSync(home.at('run'), { recursive: true, mode: 0o700 });
  const module = new URL('../../../src/platform/secrets.ts', import.meta.url).href;
  const whole = `import { Secrets } from ${JSON.stringify(module)};
    const secrets = new Secrets({ folder: ${JSON.stringify(home.at('secrets'))} });
    const { signal } = new AbortController();
    ${script}`;
  const shell = `${options.unlocked ? `${unlock} >&2;` : ''} exec "$0" --input-type=module -e "$1"`;
  const { stdout } = await runOk('dbus-run-session', ['--', 'sh', '-c', shell, process.execPath, whole], {
    env: {
      PATH: process.env.PATH,
      HOME: home.path,
      XDG_RUNTIME_DIR: home.at('run'),
      XDG_DATA_HOME: home.at('data'),
      HOLDFAST_PASSPHRASE: options.passphrase,
    },
  });
  return stdout;
}
const store = `console.log(await secrets.storeSecret('s', '${canary}', signal), await secrets.readSecret('s', signal));`;

/** Files of the whole home that have the secret in them. */
async function filesWithSecret(home: TemporaryFolder): Promise<string> {
  return (await runProcess('grep', ['-rlaF', canary, home.path])).stdout;
}

describe.skipIf(isMissing)('Secrets with GNOME Keyring', () => {
  it('keeps them in it, over sessions, and nowhere in plain text', async () => {
    await using home = await temporaryFolder();
    expect(await inSession(home, store, { unlocked: true })).toBe(`keychain ${canary}\n`);
    expect(await filesWithSecret(home)).toBe('');
    expect(await inSession(home, "console.log(await secrets.readSecret('s', signal))", { unlocked: true })).toBe(
      `${canary}\n`,
    );
    await inSession(home, "await secrets.removeSecret('s', signal)", { unlocked: true });
    expect(await inSession(home, "console.log(await secrets.readSecret('s', signal))", { unlocked: true })).toBe(
      'undefined\n',
    );
  });

  it('where nobody can unlock it: in an encrypted file, and nowhere in plain text', async () => {
    await using home = await temporaryFolder();
    const options = { unlocked: false, passphrase: 'correct horse' };
    expect(await inSession(home, store, options)).toBe(`encrypted-file ${canary}\n`);
    expect(await filesWithSecret(home)).toBe('');
    expect(await inSession(home, store, { unlocked: false, passphrase: 'correct horse' })).toContain(canary);
  });

  it('says so where there is neither keychain nor passphrase', async () => {
    await using home = await temporaryFolder();
    expect(await inSession(home, store, { unlocked: false })).toBe(`file ${canary}\n`);
    expect(await filesWithSecret(home)).toBe(`${home.at('secrets/s')}\n`);
  });
});
