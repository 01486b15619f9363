import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noticeLog } from '../../../../src/agent/hosted/notice-log.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const now = () => new Date('2026-03-03T12:00:00Z');

describe('the log', () => {
  it('takes lines, that others cannot read', async () => {
    await using folder = await temporaryFolder();
    const log = noticeLog(folder.at('agent'), now);
    log('one');
    log('two');
    const path = folder.at('agent', 'agent.log');
    expect(readFileSync(path, 'utf8')).toBe('2026-03-03T12:00:00.000Z  one\n2026-03-03T12:00:00.000Z  two\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('does not grow for ever, and is no reason to fail', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('agent.log');
    writeFileSync(path, '');
    truncateSync(path, 5 << 20);
    noticeLog(folder.path, now)('new');
    expect(statSync(path).size).toBeLessThan(100);
    noticeLog(join(path, 'no-folder'), now)('nowhere');
  });
});
