/** `node --import register.ts dist/electron/main.js`: the built shell on a made-up Electron (electron.ts), where there is no real one. */
import { registerHooks } from 'node:module';

const fake = new URL('./electron.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: fake, shortCircuit: true } : next(specifier, context),
});

// Where an installed program has what belongs to it.
Object.assign(process, { resourcesPath: process.env.FAKE_ELECTRON_RESOURCES });

// Tests run as root; the shell does not.
process.getuid = () => 1000;
