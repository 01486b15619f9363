/** For editors and `depcruise`: the layer rules, read with swc (with TypeScript 7 alone it reads no module at all). */

import { options } from './build/layers/read.mjs';
import { forbidden } from './build/layers/rules.mjs';

export default { forbidden, options };
