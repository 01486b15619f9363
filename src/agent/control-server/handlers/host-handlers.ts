/** `host`: the folders of this machine. */
import { homedir } from 'node:os';
import type { contract } from '../../../control/contract.ts';
import { browseFolder } from '../../../platform/browse-folder.ts';
import { userPlaces } from '../../../platform/user-places.ts';
import type { HandlersOf } from '../mount.ts';

export function hostHandlers(): HandlersOf<typeof contract>['host'] {
  return {
    folder: async ({ query }) => {
      const home = homedir();
      const { platform, env } = process;
      const [folder, places] = await Promise.all([
        browseFolder(query.path ?? home, query),
        userPlaces({ platform, environment: env, home }),
      ]);
      return { ...folder, entries: [...folder.entries], places: [...places] };
    },
  };
}
