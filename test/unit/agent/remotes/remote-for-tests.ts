/** A remote of the configuration, for tests. */
import { type RemoteConfig, remoteSchema } from '../../../../src/config/remote.ts';

export function remoteOf(some: Partial<RemoteConfig> = {}): RemoteConfig {
  return remoteSchema.parse({
    id: 'panel',
    name: 'Panel',
    dialect: 'panel',
    baseUrl: 'https://panel.example',
    createdAt: '2026-03-01T12:00:00.000Z',
    ...some,
  });
}
