import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { hostIdentity, isProcessAlive } from '../../../src/platform/host.ts';

describe('hostIdentity', () => {
  it('says who and where we are', () => {
    const identity = hostIdentity();
    expect(identity).toMatchObject({ hostname: hostname(), pid: process.pid });
    expect(identity.username).not.toBe('');
    if (process.platform !== 'win32')
      expect([identity.uid, identity.gid]).toEqual([process.geteuid?.(), process.getegid?.()]);
  });
});

describe('isProcessAlive', () => {
  it('sees processes come and go, also those of others', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const pid = child.pid ?? -1;
    expect(isProcessAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isProcessAlive(pid)).toBe(false);
    expect(isProcessAlive(process.pid)).toBe(true);
    if (process.platform !== 'win32') expect(isProcessAlive(1)).toBe(true);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 40])('takes %d for no process', (pid) => {
    expect(isProcessAlive(pid)).toBe(false);
  });
});
