import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isProcessAlive } from '../../../src/platform/host.ts';
import { processIdentity } from '../../../src/platform/process-identity.ts';

describe.runIf(process.platform === 'linux')('who a process is', () => {
  it('stays the same, and no two share it', () => {
    expect(processIdentity(process.pid)).toBe(processIdentity(process.pid));
    expect(processIdentity(process.pid)).not.toBe(processIdentity(process.ppid));
    expect(processIdentity(2 ** 22 + 1)).toBeUndefined();
  });

  it('a process that has ended is nobody, also while its parent has not asked after it', async () => {
    // `exec` replaces the shell, so that nobody waits for the first program.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [bytes] = await once(parent.stdout, 'data');
    const pid = Number(String(bytes));
    try {
      const stat = () => readFileSync(`/proc/${pid}/stat`, 'latin1');
      await expect.poll(stat).toMatch(/\) Z /);
      expect(isProcessAlive(pid)).toBe(true);
      expect(processIdentity(pid)).toBeUndefined();
    } finally {
      parent.stdin.end();
      await once(parent, 'exit');
    }
  });
});
