import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { requireTool } from '../../../support/tools.ts';

const strace = requireTool('strace');
const program = join(import.meta.dirname, '../../../fixtures/watch-sources.ts');

describe.skipIf(strace === undefined)('a system that gives no more watches', () => {
  it('is told with what to do, and everything is looked at again and again', async () => {
    await using folder = await temporaryFolder();
    for (let number = 0; number < 5; number++) writeFileSync(folder.at('source', String(number), 'file'), '');
    const child = spawn(
      strace ?? '',
      [
        ...['-f', '-o', '/dev/null', '-e', 'trace=inotify_add_watch'],
        ...['-e', 'inject=inotify_add_watch:error=ENOSPC:when=4+', process.execPath, program],
        join(folder.path, 'source'),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const told: unknown[] = [];
    for await (const line of createInterface(child.stdout)) {
      told.push(JSON.parse(line));
      if (told.length === 4) child.stdin.end();
    }
    if (child.exitCode === null) await once(child, 'exit');
    expect(told.slice(0, 4)).toEqual([
      { notice: 'watch-limit', hint: expect.stringContaining('fs.inotify.max_user_watches') },
      { everything: ['watch-limit'] },
      { everything: ['watch-limit'] },
      { everything: ['watch-limit'] },
    ]);
    expect(child.exitCode).toBe(0);
  });
});
