/** `version`: what this program is. (Alone on the command line, main.ts answers it without loading anything.) */

import { programVersion } from '../../platform/program-version.ts';
import type { VerbModule } from '../verb.ts';

export const verb: VerbModule = {
  configure() {},

  async run({ output }) {
    output.object({ message_type: 'version', version: programVersion().split(' ')[1], node: process.versions.node });
    output.line(programVersion());
    return undefined;
  },
};
