/**
 * `npm run screenshots`: README's pictures anew, build/resources/screenshots/<screen>-<light|dark>.png, by test/pictures.
 *
 * A picture that has become larger than README should carry is refused.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './setup/project.mjs';

const mostBytes = 150_000;
const screens = ['home', 'restore', 'plans', 'remotes'];
const target = join(root, 'build/resources/screenshots');

const seen = mkdtempSync(join(tmpdir(), 'holdfast-screenshots-'));
try {
  const { status } = spawnSync(process.execPath, [join(root, 'build/test.mjs'), '--project=pictures'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, HOLDFAST_SCREENSHOTS: seen },
  });
  if (status === 0) keep();
  process.exitCode = status ?? 1;
} finally {
  rmSync(seen, { recursive: true, force: true });
}

function keep() {
  mkdirSync(target, { recursive: true });
  for (const screen of screens) {
    for (const colour of ['light', 'dark']) {
      const picture = join(seen, `${screen}-${colour}.png`);
      const { size } = statSync(picture);
      if (size > mostBytes)
        throw new Error(`The picture of ${screen} has ${size} bytes; README carries at most ${mostBytes}.`);
      copyFileSync(picture, join(target, `${screen}-${colour}.png`));
    }
  }
}
