/**
 * The folder of Chromium's profile and of shell.json. Not Electron's default, which is where the agent's configuration lies
 * (platform/folders.ts). A profile of its own gets a shell of its own.
 *
 * @param appData Electron's `app.getPath('appData')`
 */
import { join } from 'node:path';

export function shellFolder(appData: string, environment: Readonly<Record<string, string | undefined>>): string {
  const { HOLDFAST_DATA_DIR: data } = environment;
  return data ? join(data, 'window') : join(appData, 'holdfast-window');
}
