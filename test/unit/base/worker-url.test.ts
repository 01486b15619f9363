import { describe, expect, it } from 'vitest';
import { workerEntry } from '../../../src/base/worker-url.ts';

describe('workerEntry', () => {
  it('finds the TypeScript entry from any depth of src/ when unbuilt', () => {
    for (const from of ['backup/pool.ts', 'backup/worker/pool.ts', 'repository/a/b/c.ts']) {
      const url = workerEntry('backup', `file:///home/src/holdfast/src/${from}`);
      expect(url.href).toBe('file:///home/src/holdfast/src/backup/worker/entry.ts');
    }
  });

  it('finds the bundle beside the calling one, whatever the folder is called', () => {
    for (const from of ['main.js', 'chunk-pool-abc.js']) {
      const url = workerEntry('restore', `file:///opt/src/holdfast/dist/${from}`);
      expect(url.href).toBe('file:///opt/src/holdfast/dist/restore-worker.js');
    }
  });

  it('keeps escaped characters of the path', () => {
    expect(workerEntry('backup', 'file:///a%20b/src/cli/main.ts').href).toBe(
      'file:///a%20b/src/backup/worker/entry.ts',
    );
  });
});
