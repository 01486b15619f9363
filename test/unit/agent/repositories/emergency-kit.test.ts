import { describe, expect, it } from 'vitest';
import { emergencyKitText } from '../../../../src/agent/repositories/emergency-kit.ts';

const kit = {
  name: 'USB disk',
  location: "/media/me/Mum's disk",
  access: { username: 'me', password: 'of the server' },
  repositoryId: 'ab'.repeat(32),
  password: 'p4ss word',
  hostname: 'laptop',
  date: new Date('2026-03-01T12:00:00Z'),
};

describe('the emergency kit', () => {
  it('holds all that is needed, and a restic command that a shell reads right', () => {
    const text = emergencyKitText(kit);
    for (const part of [kit.name, kit.repositoryId, kit.password, kit.hostname, '2026-03-01', 'of the server']) {
      expect(text).toContain(part);
    }
    expect(text).toContain(`restic -r '/media/me/Mum'\\''s disk' restore latest --target restored`);
  });

  it('leaves plain locations as they are', () => {
    expect(emergencyKitText({ ...kit, location: '/srv/backup' })).toContain('restic -r /srv/backup snapshots');
  });

  it('fits a page: 80 columns, 60 lines', () => {
    const lines = emergencyKitText(kit).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.length).toBeLessThanOrEqual(60);
  });
});
